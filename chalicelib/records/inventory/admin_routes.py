"""The shop's own people at the stock."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from . import service
from .feeds.service import ledger
from .rules import (
    AdjustmentEmpty,
    BackordersInOneBucket,
    BackordersMiscounted,
    BackordersUndated,
    StaleStock,
    StockNotFound,
    StockTooLow,
)
from .shapes import Adjustment, Buckets, SellBeyond, StockView, stock_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/stock/{sku}", permit="inventory:read", errors=(StockNotFound,))
def stock(sku: str) -> StockView:
    """Read a SKU's stock. · SKU 库存"""
    return stock_view(sku, service.read_levels([sku])[sku], service.on_hand(sku))


@endpoint(
    bp,
    "POST",
    "/v1/admin/stock/{sku}/adjustments",
    permit="inventory:edit",
    step_up=True,
    key="required",
    status=204,
    errors=(StockNotFound, StockTooLow, StaleStock, AdjustmentEmpty, SecondPersonNeeded),
    second="beyond a limit",
)
def adjust(sku: str, body: Adjustment, work: Work) -> None:
    """Adjust stock on hand by a counted difference. · 按盘点差额调整库存"""
    service.adjust(sku, body.delta, body.reason, work)


@endpoint(
    bp,
    "PATCH",
    "/v1/admin/stock/{sku}",
    permit="inventory:edit",
    step_up=True,
    status=204,
    errors=(StockNotFound, StaleStock, BackordersInOneBucket, BackordersMiscounted, BackordersUndated),
    raced=(StaleStock,),
)
def sell_beyond(sku: str, body: SellBeyond, work: Work) -> None:
    """Say how much of a SKU may be sold beyond its stock. · 设置 SKU 可缺货预订数量

    Who buys such pieces is told by when they are sent. What was sold so stays sold.
    """
    ledger.sell_beyond(sku, body.backorders, body.backorders_by, work)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/stock/{sku}/buckets",
    permit="inventory:edit",
    step_up=True,
    status=204,
    errors=(StockNotFound, StaleStock, BackordersInOneBucket),
)
def spread(sku: str, body: Buckets, work: Work) -> None:
    """Set the number of a SKU's stock buckets. · 设置 SKU 库存分桶数"""
    service.spread(sku, body.buckets, work)
