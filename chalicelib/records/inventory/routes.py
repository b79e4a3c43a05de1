"""Inventory's front door, for the shop's own people."""

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.runtime.http import Body, View, endpoint
from chalicelib.runtime.http.kinds import Words
from chalicelib.runtime.work import Work

from . import service
from .rules import MOST_BUCKETS, AdjustmentEmpty, StockMoved, StockTooLow, StockUnknown

bp = Blueprint(__name__)


class StockView(View):
    """A SKU's stock: on hand = available + held."""

    sku: str
    on_hand: int
    available: int
    held: int
    buckets: list[int]
    closed: bool
    reason: str | None = Field(description="why it may not be sold; null while it may")


class Adjustment(Body):
    """A counted difference of on-hand pieces and why."""

    delta: int = Field(ge=-1_000_000, le=1_000_000, strict=True, examples=[-2])
    reason: Words = Field(min_length=1, max_length=100, examples=["stock-take"])


class Buckets(Body):
    """In how many buckets a SKU's stock is kept: one for every ten orders a second at its peak."""

    buckets: int = Field(ge=1, le=MOST_BUCKETS, strict=True, examples=[4])


@endpoint(bp, "GET", "/v1/admin/stock/{sku}", permit="inventory:read", errors=(StockUnknown,))
def stock(sku: str) -> StockView:
    """Read a SKU's stock. · SKU 库存"""
    shelf = service.look([sku])[sku]
    return StockView(
        sku=sku, on_hand=service.on_hand(sku), available=shelf.available, held=shelf.held, buckets=list(shelf.buckets),
        closed=shelf.closed, reason=shelf.stop,
    )  # fmt: skip


@endpoint(
    bp, "POST", "/v1/admin/stock/{sku}/adjustments", permit="inventory:edit", fresh=True, key="required", status=204,
    errors=(StockUnknown, StockTooLow, StockMoved, AdjustmentEmpty, SecondPersonNeeded), second="beyond a limit",
)  # fmt: skip
def adjust(sku: str, body: Adjustment, work: Work) -> None:
    """Adjust stock on hand by a counted difference. · 按盘点差额调整库存"""
    service.adjust(sku, body.delta, body.reason, work)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/stock/{sku}/buckets",
    permit="inventory:edit",
    fresh=True,
    status=204,
    errors=(StockUnknown, StockMoved),
)
def spread(sku: str, body: Buckets, work: Work) -> None:
    """Set the number of a SKU's stock buckets. · 设置 SKU 库存分桶数"""
    service.spread(sku, body.buckets, work)
