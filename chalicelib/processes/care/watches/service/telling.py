"""Telling those who wait.

Guarantees: those who wait for a SKU are found page by page, each told once, whatever is delivered twice or at once; a page
that is cut short is done again and tells nobody anew.
"""

from __future__ import annotations

from chalicelib.processes.merchandising.offers.rules import PRICED, OfferScopeWrong
from chalicelib.processes.merchandising.offers.service import goods, lawful
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import ProductNotFound, SkuNotFound
from chalicelib.records.catalog.service import Sku
from chalicelib.records.pricing import service as pricing
from chalicelib.records.pricing.rules.goods import Scope
from chalicelib.records.pricing.rules.offers import Audience, Needs
from chalicelib.records.promotions.events import OfferPublished
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.rules import OfferNotFound
from chalicelib.records.touches import steps as touches
from chalicelib.records.watching import rules
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.events import WatchCheckDue, WatchOfferDue, WatchPageDue
from chalicelib.records.watching.rules import ARRIVED, PRICE, STOCK, WatchMoved
from chalicelib.runtime.work import Work

from .wishes import left

LOOKS = 5  # while wishes are taken back or heard elsewhere


# ---- what is new ----------------------------------------------------------------------------------------------------
def arrived(product_id: str, work: Work) -> None:
    """A product came onto the shelf: whoever watches its category, or one above it, is told at the next ten o'clock, of all
    that came until then."""
    try:
        places = catalog.find_product(product_id).product.places
    except ProductNotFound:  # it went again
        return
    if rules.is_new(product_id, work.now):
        for category in places.split():
            work.add(*touches.arm(ARRIVED, category, rules.told_at(work.now)))


# ---- telling those who wait -----------------------------------------------------------------------------------------
def tell_page(fact: WatchPageDue, work: Work) -> None:
    """Tell the next of those who wait for a SKU, while it is so. Commits, and looks again where somebody was faster."""
    work.attempts(LOOKS, lambda one: _tell_page(fact, one), WatchMoved)


def _tell_page(fact: WatchPageDue, work: Work) -> None:
    if fact.kind == STOCK and not _back(fact.sku):
        return
    rows, last = watching.waiting(fact.kind, fact.sku, fact.after)
    for row in rows:
        if rules.due(row.kind, int(row.price), left=1, price=fact.price):
            watching.tell(row, fact.price, work)
    if last:
        work.publish(WatchPageDue(fact.kind, fact.sku, fact.price, last))


def check(fact: WatchCheckDue, work: Work) -> None:
    """Tell somebody who began to wait just as what they wait for came about. Its refusal: WatchMoved."""
    row = watching.find(fact.person, fact.kind, fact.sku)
    if row is None or row.turn != fact.watch:
        return
    sku = _known(fact.sku)
    if sku is not None and rules.due(fact.kind, int(row.price), left=left(sku), price=int(sku.price)):
        watching.tell(row, int(sku.price), work)


def await_offer(fact: OfferPublished, work: Work) -> None:
    """Look at an offer's goods once it holds."""
    said = _said(fact.offer_id, fact.edit)
    if said is not None:
        begins = offers.begins_at(said.head, said.document, work.now)
        work.publish(WatchOfferDue(fact.offer_id, fact.edit), at=begins if begins > work.now else None)


def tell_offer(fact: WatchOfferDue, work: Work) -> None:
    """Look for whoever waits for the goods that an offer for everybody makes cheaper piece by piece."""
    said = _said(fact.offer_id, fact.edit)
    if said is None or said.head.live != fact.edit or offers.state_of(said.head, work.now) != "published":
        return
    offer = pricing.readable(lawful.meant(said.document))
    if offer is not None and offer.lane in PRICED and offer.needs == Needs() and offer.audience == Audience():
        for sku in _covered(offer.scope):
            work.publish(WatchPageDue(PRICE, sku.id, lawful.made_of(offer, sku)(int(sku.price))))


def _covered(scope: Scope) -> list[Sku]:
    try:
        return goods.covered(scope)
    except OfferScopeWrong:  # its goods went, or became more than an offer may have
        return []


def _said(offer_id: str, edit: int) -> offers.OfferDraft | None:
    try:
        return offers.read(offer_id, edit)
    except OfferNotFound:
        return None


def _back(sku_id: str) -> bool:
    sku = _known(sku_id)
    return sku is not None and left(sku) > 0


def _known(sku_id: str) -> Sku | None:
    try:
        return catalog.find_sku(sku_id, seen=True, consistent=True)
    except SkuNotFound:
        return None
