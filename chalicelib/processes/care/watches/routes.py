"""The customers' doors to what they watch."""

from chalice.app import Blueprint

from chalicelib.records.catalog.rules import CategoryNotFound, SkuNotFound
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.rules import KINDS, GoodsInStock, WatchedAlready, WatchingFull, WatchNotFound
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, endpoint
from chalicelib.runtime.limits import Limit, local
from chalicelib.runtime.work import Work

from . import shapes
from .service import wishes
from .shapes import ListWatched, WatchedView, WatchGoods, WatchView

bp = Blueprint(__name__)
ONE = "/v1/me/watching/{kind}/{sku}"


@endpoint(bp, "GET", "/v1/me/watching", permit="me:read")
def list_watched(query: ListWatched, caller: Caller) -> Page[WatchedView]:
    """List what one watches, with the goods as they stand. · 我的收藏与提醒"""
    found, more = wishes.listed(caller.id, query.kind, query.limit, query.cursor)
    return Page[WatchedView](items=[shapes.watched_view(one) for one in found], next=more)


@endpoint(
    bp,
    "PUT",
    ONE,
    permit="me:edit",
    errors=(WatchNotFound, SkuNotFound, CategoryNotFound, GoodsInStock, WatchingFull, WatchedAlready),
    raced=(WatchedAlready,),
    limit=Limit("watch", local(60, per="minute")),
)
def watch(kind: str, sku: str, body: WatchGoods, work: Work) -> WatchView:
    """Watch a SKU: keep it, or be told once when it is back or cheaper. · 收藏、到货提醒、降价提醒

    Doing it again changes nothing. `kind` is favourite, stock or price; or arrival, and then `sku` is a category's id: one is
    told of what is new in it and below it.
    """
    _known(kind)
    return shapes.watch_view(wishes.add(kind, sku, body.price_fen, work))


@endpoint(bp, "DELETE", ONE, permit="me:edit", status=204, errors=(WatchNotFound,))
def unwatch(kind: str, sku: str, work: Work) -> None:
    """Watch a SKU no more. · 取消收藏或提醒"""
    _known(kind)
    watching.remove(kind, sku, work)


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise WatchNotFound()
