"""What is asked of what somebody watches, and how it is shown."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import pictures
from chalicelib.records.watching.rules import KINDS
from chalicelib.records.watching.service import Watch
from chalicelib.runtime.http import Amount, Body, Instant, Url, View, amount
from chalicelib.runtime.http.shapes import Paging

from .service.wishes import Watched

WatchKind = Literal[KINDS]  # type: ignore[valid-type]  # the words of the rules
DEAREST = 100_000_000


class ListWatched(Paging):
    """Which of one's own: favourites, what is waited for, or whose price is."""

    kind: WatchKind = "favourite"


class WatchGoods(Body):
    """What the SKU cost where it was seen; without it, what it costs now."""

    price_fen: int | None = Field(default=None, ge=1, le=DEAREST, examples=[9900])


class WatchView(View):
    """What is watched, since when, and what it cost then. Of kind arrival, `sku` is a category."""

    kind: WatchKind
    sku: str
    price_seen: Amount
    since: Instant


class WatchedCard(View):
    """The goods as they stand."""

    product: str
    title_zh: str
    title_en: str
    options_zh: list[str]
    options_en: list[str]
    picture: Url | None
    price: Amount
    available: bool


class WatchedView(WatchView):
    """The same with its goods; null where the shop shows them no more."""

    goods: WatchedCard | None


def watch_view(row: Watch) -> WatchView:
    return WatchView(kind=row.kind, sku=row.sku, price_seen=amount(row.price), since=iso(row.at))


def watched_view(one: Watched) -> WatchedView:
    return WatchedView(**watch_view(one.watch).model_dump(), goods=_card(one))


def _card(one: Watched) -> WatchedCard | None:
    if one.sku is None:
        return None
    said = catalog.titled(one.sku)
    return WatchedCard(
        product=one.sku.product,
        title_zh=said.title.zh,
        title_en=said.title.en,
        options_zh=[option.zh for option in said.options],
        options_en=[option.en for option in said.options],
        picture=None if one.sku.picture is None else pictures.url(one.sku.picture),
        price=amount(one.sku.price),
        available=one.left > 0,
    )
