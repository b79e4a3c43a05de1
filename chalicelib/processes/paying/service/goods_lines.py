"""What a provider is told of an order beside its amount: which goods, how many, what each costs at least.

Guarantees: it follows from the order and its frozen catalogue versions alone, so that asking again for one attempt sends
the same words; titles are read in one batch.
"""

from __future__ import annotations

from chalicelib.kernel.bill import GIFT, QuoteLine
from chalicelib.records.catalog import service as catalog
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.providers.port import GoodsLine


def goods_lines(order: Order) -> tuple[GoodsLine, ...]:
    """What is paid for as a provider reads it, in Chinese, in the order's own sequence; each SKU once, gifts not."""
    lines: dict[tuple[str, int], list[QuoteLine]] = {}
    for line in (one for one in order.lines if one.kind != GIFT):
        lines.setdefault((line.sku, line.version), []).append(line)
    frozen = catalog.snapshots(lines)
    return tuple(_good(same, frozen.get(version)) for version, same in lines.items())


def _good(lines: list[QuoteLine], frozen: catalog.Snapshot | None) -> GoodsLine:
    words = [frozen.title.zh, *(option.zh for option in frozen.options)] if frozen is not None else [lines[0].sku]
    each = min(run.goods for line in lines for run in line.runs)  # never more than is paid when they are not alike
    return GoodsLine(lines[0].sku, " ".join(words), sum(line.quantity for line in lines), each)
