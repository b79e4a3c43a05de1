"""The shop's own people with a sheet of what they counted."""

from chalice.app import Blueprint

from chalicelib.records.inventory.rules import StaleStock, StockMoved, StockNotFound, StockTooLow
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from . import service
from .shapes import StockSheet, TakeView, take_view

bp = Blueprint(__name__)


@endpoint(
    bp,
    "POST",
    "/v1/admin/stock-takes",
    permit="inventory:edit",
    step_up=True,
    key="required",
    errors=(StockNotFound, StockMoved, StockTooLow, StaleStock),
    second="beyond a limit",
)
def take_stock(body: StockSheet, work: Work) -> TakeView:
    """Put right what a stock-take found. · 盘点入账

    The sheet counts whole or not at all: what moved since it was counted is counted again.
    """
    return take_view(service.take(body.counted(), body.reason, work))
