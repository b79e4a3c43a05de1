"""What a basket costs its customer now: its goods as they were read, the offers that hold, and what was chosen beside.

Guarantees: the offers are those of ten seconds ago at most and hold to the instant; a limit that is used up takes the offer
away instead of refusing the basket; nothing that is paid for is added unasked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kernel.bill import MAIN, CounterUse, CouponUse
from chalicelib.kernel.clock import business_day, millis
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import product_of
from chalicelib.records.coupons import service as coupons
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.places.rules import Site
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.orders import service as orders
from chalicelib.records.pricing import service as pricing
from chalicelib.records.pricing.rules.best import best
from chalicelib.records.pricing.rules.course import SPENT, GiftInfo
from chalicelib.records.pricing.rules.freight import Tariffs
from chalicelib.records.pricing.rules.offers import CouponInHand, Offer, Offers, Shopper
from chalicelib.records.pricing.rules.price import Priced, Purchase, price
from chalicelib.records.pricing.rules.reasons import OfferOutcome
from chalicelib.records.promotions.limits import rules as limit_rules
from chalicelib.records.promotions.limits import service as limits
from chalicelib.records.promotions.limits.service import LimitWish
from chalicelib.records.promotions.offers import service as offers
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import Key

from ..rules import BasketChoice
from .items import item_of

MOST_LOOKS = 4  # at limits that turn out to be used up; the last is without any offer that has one
Goods = Sequence[tuple[str, int]]  # (sku, pieces)


class Wares(NamedTuple):
    """SKUs as they were read: rows, what is left where they are sent from, and where that is, by SKU."""

    rows: Mapping[str, Any]
    levels: Mapping[str, inventory.StockLevel]
    locations: Mapping[str, str] = {}


class PricedBasket(NamedTuple):
    """What a basket costs: its price, what every offer that has to do with it answered, its uses of limits and coupons, when
    the first of it ends (epoch ms)."""

    priced: Priced
    outcomes: tuple[tuple[OfferOutcome, Offer], ...]
    counters: tuple[CounterUse, ...]
    coupons: tuple[CouponUse, ...]
    ends: int | None


class Known(NamedTuple):
    """What is known of a customer beside who they are: coupons they may use, orders so far, whether they are new."""

    hand: tuple[CouponInHand, ...] = ()
    placed: int = 0
    is_new: bool = False


# ---- before the goods are read --------------------------------------------------------------------------------------
def holding() -> Offers:
    """The offers that are published, as of ten seconds ago at most."""
    active = offers.active()
    return pricing.compiled(active.version, active.documents)


def know(choice: BasketChoice, caller: Caller, now: datetime) -> Known:
    """What has to be asked of a customer: nothing, unless they want coupons or an offer is for new customers, say.

    Raises CouponNotFound, CouponUsed, CouponVoid, CouponNotYet or CouponExpired for a chosen coupon that cannot be used.
    """
    wanting = [offer for offer in holding().all if _asks(offer)]
    if not (choice.best or choice.coupons or wanting):
        return Known()
    wallet = coupons.wallet(caller.id, now)
    hand = [_in_hand(held) for held in wallet.usable]
    if not choice.best:
        by_id = {one.id: one for one in hand}
        for missing in [one for one in choice.coupons if one not in by_id]:
            raise coupons.refusal(caller.id, missing, now)
        hand = [by_id[one] for one in choice.coupons]
    wanting += [one.offer for one in hand if _asks(one.offer)]
    if not wanting:
        return Known(tuple(hand))
    placed, paid = orders.tally(caller.id, max(offer.needs.nth_order or 0 for offer in wanting))
    return Known(tuple(hand), placed, not paid and wallet.newcomer_order is None)


def _asks(offer: Offer) -> bool:
    return offer.audience.new_customers or offer.needs.nth_order is not None


def _in_hand(held: coupons.HeldCoupon) -> CouponInHand:
    return CouponInHand(held.id, pricing.offer_of(held.document), millis(held.ends_at))


def skus_of(goods: Goods, known: Known) -> list[str]:
    """The SKUs to be read: those of the goods, and those that offers and coupons may give or add to them."""
    own = [(sku, product_of(sku)) for sku, _ in goods]
    brought = [holding().brought(own), Offers(one.offer for one in known.hand).brought(own)]
    return list(dict.fromkeys([*(sku for sku, _ in own), *sorted(frozenset().union(*brought))]))


def keys(skus: Sequence[str], sites: Sequence[Site]) -> list[Key]:
    """The keys of SKUs and their stock at these locations, for a batch read together with others' rows."""
    return [*map(catalog.key, skus), *(key for sku in skus for key in sourcing.keys(sku, sites))]


def shelf(skus: Sequence[str], sites: Sequence[Site], found: Sequence[Any]) -> Wares:
    """The SKUs of the rows of `keys`, each with what the fullest location has of it."""
    return Wares(dict(zip(skus, found, strict=False)), sourcing.most(skus, sites, found[len(skus) :]))


# ---- pricing --------------------------------------------------------------------------------------------------------
def price_basket(
    goods: Goods,
    on: Wares,
    known: Known,
    choice: BasketChoice,
    caller: Caller,
    order_id: str,
    now: datetime,
    sending: Tariffs,
) -> PricedBasket:
    """Price goods that are there and can be bought, and having them sent."""
    purchase = Purchase(
        [item_of(on.rows[sku], pieces, on.locations.get(sku, MAIN)) for sku, pieces in goods],
        holding(),
        millis(now),
        Shopper(channel=caller.terminal, paid_orders=known.placed, is_new=known.is_new),
        sending,
        gifts={sku: _gift_info(sku, on) for sku, row in on.rows.items() if catalog.offered(row)},
        add_ons=choice.add_ons,
    )
    left: dict[str, int] = {}
    for look in range(MOST_LOOKS):
        priced, told = _price(purchase._replace(left=left), known.hand, best_of=choice.best)
        wishes = _wishes(priced, caller.id, now)
        rows = table.batch(limits.keys(wishes)) if wishes else []
        short = _short(priced, wishes, limits.left(wishes, rows))
        if not short:
            break
        left |= short if look < MOST_LOOKS - 2 else _none_of(purchase.offers)
    return _basket(purchase.offers, known.hand, priced, told, limits.choose(wishes, rows, order_id))


def _gift_info(sku: str, on: Wares) -> GiftInfo:
    row, level = on.rows[sku], on.levels[sku]
    left = 0 if level.closed else level.here
    return GiftInfo(row.price, left, row.list_price, row.version, on.locations.get(sku, MAIN))


def _price(purchase: Purchase, hand: Sequence[CouponInHand], *, best_of: bool) -> tuple[Priced, Sequence[OfferOutcome]]:
    """The price, and what the offers and the coupons answered."""
    if not best_of:
        priced = price(purchase, hand)
        return priced, priced.outcomes
    chosen = best(purchase, hand)
    return chosen.priced, [*(one for one in chosen.priced.outcomes if not one.coupon), *chosen.outcomes]


# ---- limits ---------------------------------------------------------------------------------------------------------
def _wishes(priced: Priced, customer: str, now: datetime) -> list[LimitWish]:
    day = business_day(now)
    return [LimitWish(limit_rules.key_of(use.offer, use.limit, customer, day), use.n, use.cap) for use in priced.limits]


def _short(priced: Priced, wishes: Sequence[LimitWish], lefts: Sequence[int]) -> dict[str, int]:
    """How often the offers may be used yet whose limits have not enough."""
    short: dict[str, int] = {}
    for use, wish, left in zip(priced.limits, wishes, lefts, strict=True):
        if left < wish.n:
            uses = SPENT if use.limit == limit_rules.BUDGET else left
            short[use.offer] = min(uses, short.get(use.offer, uses))
    return short


def _none_of(all_offers: Offers) -> dict[str, int]:
    """No use of any offer that has a limit."""
    return {offer.id: 0 for offer in all_offers.all if any(bound is not None for bound in offer.limits)}


def _benefits(held: Sequence[Offer]) -> list[str]:
    """What of these a customer has once, whatever offers it is in."""
    new = [coupons.NEWCOMER] if any(offer.audience.new_customers for offer in held) else []
    return [*new, *sorted({coupons.nth_benefit(nth) for offer in held if (nth := offer.needs.nth_order) is not None})]


# ---- what it comes to -----------------------------------------------------------------------------------------------
def _basket(
    all_offers: Offers,
    hand: Sequence[CouponInHand],
    priced: Priced,
    told: Sequence[OfferOutcome],
    counters: tuple[CounterUse, ...],
) -> PricedBasket:
    by_id = {one.id: one for one in all_offers.all} | {one.offer.id: one.offer for one in hand}
    concerned = tuple((one, by_id[one.offer]) for one in told if one.offer in by_id)
    used = (*priced.coupons, *map(CouponUse, _benefits([offer for one, offer in concerned if one.applied])))
    ends = [one.ends for one in hand if one.id in {use.id for use in used}]
    return PricedBasket(
        priced, concerned, counters, used, min((end for end in (priced.ends, *ends) if end is not None), default=None)
    )
