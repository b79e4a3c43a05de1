"""Trying out prices: what a basket would cost a kind of customer at an instant, and why not with the other offers.

Guarantees: goods cost what they cost in the shop; nothing is written, held or counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.processes.ordering.service.carriage import carriage
from chalicelib.processes.ordering.service.items import item_of
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.coupons.service import templates
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.pricing.rules import offers as pricing
from chalicelib.records.pricing.rules.course import GiftInfo
from chalicelib.records.pricing.rules.offers import LANES, MEMBER, CouponInHand, Offers, Shopper
from chalicelib.records.pricing.rules.points import PointsRule
from chalicelib.records.pricing.rules.price import MEMBER_NAME, NO_POINTS, LimitUse, Priced, Purchase, price
from chalicelib.records.pricing.rules.reasons import OfferOutcome
from chalicelib.records.promotions.offers import service as offers

from ..offers.service import goods, lawful

OURS = {MEMBER: MEMBER_NAME, "points": ("积分", "Points")}  # what is no offer, and answers like one


class Trial(NamedTuple):
    """What is tried: (SKU, pieces), who buys and when, offers that are not published yet, coupons by template or by their
    documents, points to spend and what they pay, and add-ons that were chosen."""

    lines: Sequence[tuple[str, int]]
    shopper: Shopper
    at: datetime
    drafts: Sequence[str] = ()
    templates: Sequence[str] = ()
    coupons: Sequence[Mapping[str, Any]] = ()
    points: int = 0
    add_ons: Sequence[tuple[str, int]] = ()
    points_rule: PointsRule = NO_POINTS


class TriedLane(NamedTuple):
    """What became of the offers of one lane."""

    lane: str
    applied: tuple[OfferOutcome, ...]
    others: tuple[OfferOutcome, ...]


class Tried(NamedTuple):
    """What it would cost; the offers of every lane with their names."""

    priced: Priced
    lanes: tuple[TriedLane, ...]
    names: Mapping[str, tuple[str, str]]
    limits: tuple[LimitUse, ...]


def try_out(trial: Trial) -> Tried:
    """What a basket would cost. Raises SkuNotFound, OfferNotFound, CouponTemplateNotFound, and as `lawful.checked`."""
    wanted, hand = _offers(trial.drafts), _coupons(trial)
    rows = goods.skus(sku for sku, _ in trial.lines)
    for sku, _ in trial.lines:
        if sku not in rows:
            raise SkuNotFound(sku=sku)
    every = Offers([*wanted.all, *(coupon.offer for coupon in hand)])
    purchase = Purchase(
        [item_of(rows[sku], quantity) for sku, quantity in trial.lines],
        wanted,
        millis(trial.at),
        trial.shopper,
        carriage([row.freight for row in rows.values()], None).tariffs,
        gifts=_gifts(every.brought((sku.id, sku.product) for sku in rows.values())),
        points_rule=trial.points_rule,
        add_ons=trial.add_ons,
    )
    priced = price(purchase, hand, trial.points)
    names = {offer.id: (offer.zh, offer.en) for offer in every.all} | OURS
    return Tried(priced, _lanes(priced.outcomes), names, priced.limits)


def _offers(drafts: Sequence[str]) -> Offers:
    """What is published, and the latest versions of what is tried."""
    tried = {name: offers.read(name) for name in drafts}
    published = [one for one in offers.active().documents if one["id"] not in tried]
    latest = [{**lawful.meant(one.document), "id": name, "version": one.version} for name, one in tried.items()]
    return pricing.compiled([*published, *latest])


def _coupons(trial: Trial) -> list[CouponInHand]:
    kept = [(name, templates.find(name).terms.document) for name in trial.templates]
    asked = [(f"coupon-{n}", document) for n, document in enumerate(trial.coupons, start=1)]
    return [CouponInHand(name, pricing.parse({**document, "id": name})) for name, document in (*kept, *asked)]


def _gifts(skus: frozenset[str]) -> dict[str, GiftInfo]:
    """What may be given or added: its price, and how many there are."""
    rows, levels = goods.skus(sorted(skus)), sourcing.read_most(sorted(skus))
    return {sku: GiftInfo(row.price, levels[sku].here, row.list_price, row.version) for sku, row in rows.items()}


def _lanes(outcomes: Sequence[OfferOutcome]) -> tuple[TriedLane, ...]:
    found = []
    for lane in LANES:
        here = [one for one in outcomes if one.lane == lane]
        applied, others = tuple(one for one in here if one.applied), tuple(one for one in here if not one.applied)
        if here:
            found.append(TriedLane(lane, applied, others))
    return tuple(found)
