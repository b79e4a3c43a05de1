"""What a product costs now and what it takes part in: today's price of each SKU, offers and coupons that cover it.

Guarantees: a price is struck through only where it was fixed lawfully when its promotion began; what is shown is what a
quote would say to somebody without level or coupon; no read but of what is remembered for ten seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.kernel.money import Fen
from chalicelib.processes.merchandising.offers.public import PublicOffer, public, struck_through
from chalicelib.processes.ordering.service.items import item_of
from chalicelib.processes.ordering.service.price_basket import holding
from chalicelib.records.catalog.service import Sku
from chalicelib.records.catalog.service.cards import CardUnit
from chalicelib.records.coupons.service import claims
from chalicelib.records.coupons.service.templates import Sheet
from chalicelib.records.pricing import service as pricing
from chalicelib.records.pricing.rules.goods import Item
from chalicelib.records.pricing.rules.kinds.kind import PIECEWISE
from chalicelib.records.pricing.rules.offers import Offer, Offers, places_of
from chalicelib.records.pricing.rules.price import Purchase, price
from chalicelib.records.promotions.limits import service as limits
from chalicelib.records.promotions.offers import service as offers
from chalicelib.runtime.memory import Memory

MOST_NAMES = 3  # of offers, on a card of a list


class SkuDeal(NamedTuple):
    """What one piece costs now, by which offer, and the former price that may be struck through."""

    price: Fen
    offer: str
    former: Fen | None


class Deals(NamedTuple):
    """Lower prices by SKU, the offers that cover the product, and the coupons that anyone may claim for it."""

    skus: Mapping[str, SkuDeal]
    offers: Sequence[PublicOffer]
    coupons: Sequence[Sheet]


def deals_of(skus: Sequence[Sku], now: datetime) -> Deals:
    """What holds now for a product's SKUs, and what is announced for later."""
    items = [item_of(sku, 1) for sku in skus]
    every = holding()
    covering = [one for one, places in zip(every.all, every.covering(items), strict=True) if places]
    prices = Offers(one for one in covering if one.lane in PIECEWISE)
    found = {item.sku: deal for item in items if (deal := _deal(item, prices, now)) is not None}
    ids = {one.id for one in covering if one.ends is None or millis(now) < one.ends}
    told = [public(document) for document in offers.active().documents if document["id"] in ids]
    left = limits.quotas({one.id: one.quota for one in told if one.quota is not None})
    return Deals(found, [one._replace(left=left.get(one.id)) for one in told], claimable_for(items, now))


def claimable_for(items: Sequence[Item], now: datetime) -> list[Sheet]:
    """The coupons that anyone may claim for some of these goods."""
    return [sheet for sheet in claims.public(now) if _covers(sheet, items)]


def lowest(units: Sequence[CardUnit], now: datetime) -> SkuDeal | None:
    """The lowest price that an offer makes of a piece of a product, where that is below all prices without one."""
    prices = _lowering()
    items = [Item(unit.sku, 1, unit.price, floor=unit.floor) for unit in units if unit.sku in prices.named]
    found = [deal for item in items if (deal := _deal(item, prices.offers, now)) is not None]
    best = min(found, key=lambda deal: deal.price, default=None)
    return best if best is not None and best.price < min(unit.price for unit in units) else None


def taking_part(product: str, places: Iterable[str], units: Sequence[CardUnit], now: datetime) -> list[Offer]:
    """The first few offers that hold now and that a product takes part in, the most important first."""
    every, at, within = holding(), millis(now), frozenset(places)
    items = [Item(unit.sku, 1, unit.price, product=product, categories=within) for unit in units]
    covering = (one for one, found in zip(every.all, every.covering(items), strict=True) if found)
    held = (one for one in covering if (one.starts or 0) <= at and (one.ends is None or at < one.ends))
    return list(islice(held, MOST_NAMES))


class _Lowering(NamedTuple):
    """The offers that make single pieces cheaper, and all SKUs that they name: once published, they name each."""

    offers: Offers
    named: frozenset[str]


_lowered: Memory[int, _Lowering] = Memory(1)


def _lowering() -> _Lowering:
    active = offers.active()
    known = _lowered.get(active.version)
    if known is None:
        every = pricing.compiled(active.version, active.documents)
        lower = Offers(one for one in every.all if one.lane in PIECEWISE)
        known = _Lowering(lower, frozenset().union(*(one.scope.skus for one in lower.all)))
        _lowered.put(active.version, known)
    return known


def _deal(item: Item, prices: Offers, now: datetime) -> SkuDeal | None:
    """The lower price of one piece, if it has one."""
    priced = price(Purchase([item], prices, millis(now)))
    if not priced.off:
        return None
    layer = max(priced.layers, key=lambda one: one.off)
    cheap = priced.lines[0].payable
    return SkuDeal(cheap, layer.offer, struck_through(offers.active().references, layer.offer, item.sku, int(cheap)))


def _covers(sheet: Sheet, items: Sequence[Item]) -> bool:
    document = {**sheet.terms.document, "id": sheet.id, "version": sheet.version}
    return bool(places_of(pricing.offer_of(document), items))
