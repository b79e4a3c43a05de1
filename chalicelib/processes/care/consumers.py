"""The worker of care: it looks for whoever waits for goods that are back or cheaper."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.bill import MAIN
from chalicelib.records.catalog.events import SkuPriceChanged
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.promotions.events import OfferPublished
from chalicelib.records.watching.events import WatchCheckDue, WatchOfferDue, WatchPageDue
from chalicelib.records.watching.rules import PRICE, STOCK
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .watches import service as watches

bp = Blueprint(__name__)
worker = consumer(bp, "care", concurrency=4)


# ---- who waits for goods --------------------------------------------------------------------------------------------
@worker.on(StockLevelChanged, keyed=False)
def back(fact: StockLevelChanged, work: Work) -> None:
    """There is some of a SKU where everybody can have it."""
    if fact.location == MAIN and fact.available > 0 and not fact.closed:
        watches.tell_page(WatchPageDue(STOCK, fact.sku, 0), work)


@worker.on(SkuPriceChanged, keyed=False)
def cheaper(fact: SkuPriceChanged, work: Work) -> None:
    """A SKU costs less than before."""
    if fact.before is not None and fact.after < fact.before:
        watches.tell_page(WatchPageDue(PRICE, fact.sku, fact.after), work)


@worker.on(WatchPageDue)
def next_page(fact: WatchPageDue, work: Work) -> None:
    """The next of those who wait."""
    watches.tell_page(fact, work)


@worker.on(WatchCheckDue)
def check(fact: WatchCheckDue, work: Work) -> None:
    """Somebody began to wait a minute ago."""
    watches.check(fact, work)


@worker.on(OfferPublished)
def await_offer(fact: OfferPublished, work: Work) -> None:
    """An offer will hold."""
    watches.await_offer(fact, work)


@worker.on(WatchOfferDue)
def tell_offer(fact: WatchOfferDue, work: Work) -> None:
    """An offer holds."""
    watches.tell_offer(fact, work)
