"""`make audit`: do the books of the running local shop balance, or with STAGE=prod those of a deployed stage? Prints
what does not; exit code 1 then. Every row of its tables is read, by the rights of whoever calls.

Reading a live shop is not one instant: only what two readings, some seconds apart, both found is reported.
"""

from __future__ import annotations

import sys
import time
from typing import Any

APART = 3.0  # seconds between the two readings


def main(stage: str = "") -> int:
    """Audit the running local shop, or a deployed stage; 1 when something does not balance."""
    from . import settle

    settle.enter(stage)  # before any model is imported: a model knows its table's name from the environment
    from chalicelib.runtime import clients, table, world

    from . import books

    def rows(model: type[table.Table]) -> list[Any]:
        pages = table.pages(clients.client("dynamodb").scan, TableName=model.Meta.table_name, ConsistentRead=True)
        return [model.from_raw_data(item) for page in pages for item in page]

    found = {*books.findings(rows, world.now()), *books.chain()}
    if found:
        time.sleep(APART)
        found &= {*books.findings(rows, world.now()), *books.chain()}
    for finding in sorted(found):
        print(finding)
    read = books.read(rows)
    counts = f"{len(read.orders)} orders, {len(read.payments)} payments, {len(read.refunds)} refunds"
    print(
        f"{counts}, {len({row.place for row in read.stock})} SKUs: "
        + (f"{len(found)} things do not balance" if found else "all balances")
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
