"""What a provider is told of an order beside its amount: which goods, how many, what each costs.

Guarantees: it follows from the order and its frozen catalogue versions alone, so that asking again for one attempt sends
the same words; titles are read in one batch.
"""

from __future__ import annotations

from chalicelib.kernel.quote import QuoteLine
from chalicelib.records.catalog import service as catalog
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.providers.port import GoodsLine


def goods_lines(order: Order) -> tuple[GoodsLine, ...]:
    """The order's lines as a provider reads them, in Chinese, in the order's own sequence."""
    lines = order.lines
    frozen = catalog.snapshots((line.sku, line.version) for line in lines)
    return tuple(_good(line, frozen.get((line.sku, line.version))) for line in lines)


def _good(line: QuoteLine, frozen: catalog.Snapshot | None) -> GoodsLine:
    words = [frozen.title.zh, *(option.zh for option in frozen.options)] if frozen is not None else [line.sku]
    each = min(line.payable.share([1] * line.quantity))  # never more than is paid when a line is no multiple
    return GoodsLine(line.sku, " ".join(words), line.quantity, each)
