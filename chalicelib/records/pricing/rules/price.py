"""What an order costs, and why: every lane in its turn, each piece to the fen. Pure: the same basket, the same price.

The lanes: the price of an activity → the lowest of time-limited and member price for each piece → offers on what several pieces
cost, the shop's and then the campaign's → the coupon → points → freight, its offers and its coupon → points earned. What an
offer does not take it leaves untouched; nothing goes below a piece's floor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.bill import (
    ADD_ON,
    BOUGHT,
    GIFT,
    Bill,
    CouponUse,
    FreightPart,
    Layer,
    PointsUse,
    QuoteLine,
    with_freight,
)
from chalicelib.kernel.money import WHOLE, Fen, total
from chalicelib.kernel.runs import Run, merged

from . import points as points_rules
from .add_ons import add_chosen
from .course import Contender, Course, GiftInfo, Held
from .freight import FreightOff, Tariffs, freight_lane, off_fee, parts_of, take_off_fee
from .goods import Item
from .kinds.add_on import AddOn
from .kinds.percent import PercentTerms
from .lanes import activities, deal_of, price_lane, sum_lane, unfit, with_exclusives
from .offers import MEMBER, CouponInHand, Offer, Offers, Shopper, places_of
from .points import EarnRule, PointsRule
from .reasons import OfferOutcome
from .units import Deal, Lack, Unit, of_basket

NOBODY = Shopper()
NO_OFFERS = Offers(())
NO_POINTS = PointsRule()
MEMBER_NAME = ("会员价", "Member price")
NO_EARNING = EarnRule()
NOTHING = Tariffs()


class LimitUse(NamedTuple):
    """An offer was used so often (or gave so many fen) and has a limit: per_person, per_day, total or budget_fen."""

    offer: str
    limit: str
    n: int
    cap: int


class Priced(NamedTuple):
    """What an order costs. The first lines are the basket's, in its order; gifts and add-ons follow, without buckets yet.

    `ends` is when the first of the offers that hold ends, `blocked` are (offer, gift) without which the order may not be, and
    `exact` says whether every way of sharing pieces among offers was tried.
    """

    lines: tuple[QuoteLine, ...]
    layers: tuple[Layer, ...]
    freights: tuple[FreightPart, ...]
    coupons: tuple[CouponUse, ...]
    points: PointsUse
    earn: int
    gifted: tuple[str, ...]
    outcomes: tuple[OfferOutcome, ...]
    limits: tuple[LimitUse, ...]
    ends: int | None
    blocked: tuple[tuple[str, str], ...]
    exact: bool

    @property
    def goods(self) -> Fen:
        """What is paid for the goods."""
        return total([line.payable for line in self.lines])

    @property
    def off(self) -> Fen:
        """What all layers take off the goods."""
        return total([line.off for line in self.lines])

    @property
    def freight(self) -> Fen:
        """What is paid for having them sent."""
        return total([part.fee - part.off for part in self.freights])

    @property
    def payable(self) -> Fen:
        """What is paid in all."""
        return self.goods + self.freight

    @property
    def applied(self) -> list[OfferOutcome]:
        """The offers that hold."""
        return [outcome for outcome in self.outcomes if outcome.applied]

    @property
    def bill(self) -> Bill:
        """What a quote promises, without buckets and counters."""
        return Bill(
            self.lines, self.layers, self.freights, self.coupons, self.points, earn=self.earn, gifted=self.gifted
        )


class Purchase(NamedTuple):
    """What is asked: what is bought, by whom and when (epoch ms), under which offers and tariffs.

    `gifts` tells of every SKU that an offer may give or add, `left` how often an offer may be used yet, where that is known,
    `add_ons` are the (offer, pieces) that the buyer chose to add.
    """

    basket: Sequence[Item]
    offers: Offers = NO_OFFERS
    at: int = 0
    shopper: Shopper = NOBODY
    freight: Tariffs = NOTHING
    gifts: Mapping[str, GiftInfo] = {}
    left: Mapping[str, int] = {}
    points_rule: PointsRule = NO_POINTS
    earn_rule: EarnRule = NO_EARNING
    add_ons: Sequence[tuple[str, int]] = ()


def price(purchase: Purchase, coupons: Sequence[CouponInHand] = (), points: int = 0) -> Priced:
    """The price of a purchase with the coupons and the points that its buyer chose."""
    return finish(purchase, goods_lanes(purchase), coupons, points)


# ---- the lanes ----------------------------------------------------------------------------------------------------------
class Midway(NamedTuple):
    """The course before coupons, and the offers of the freight that may hold."""

    course: Course
    freight: Sequence[Contender]


def goods_lanes(purchase: Purchase) -> Midway:
    """All lanes before the coupon: what they give does not depend on coupons, points or freight."""
    basket, offers, at, shopper = purchase[:4]
    course = Course(basket, shopper, at, purchase.gifts, purchase.left, of_basket(basket))
    by_lane: dict[str, list[Contender]] = {}
    for offer, places in zip(offers.all, offers.covering(basket), strict=True):
        one = Contender(offer, places)
        if lack := unfit(course, offer) or (None if places else Lack("NOTHING_COVERED")):
            course.refuse(one, lack)
        else:
            by_lane.setdefault(offer.lane, []).append(one)
    activities(course)
    price_lane(course, by_lane.get("activity", []), shut=True)
    course = with_exclusives(course, [*by_lane.get("price", []), *_member(purchase)], price_lane)
    levels = [*by_lane.get("shop", []), *by_lane.get("campaign", [])]
    course = with_exclusives(course, [one for one in levels if one.offer.kind != AddOn.name], _both_levels)
    add_chosen(course, [one for one in levels if one.offer.kind == AddOn.name], dict(purchase.add_ons))
    return Midway(course, by_lane.get("freight", []))


def _both_levels(course: Course, contenders: Sequence[Contender]) -> None:
    for lane in ("shop", "campaign"):
        sum_lane(course, [one for one in contenders if one.offer.lane == lane])


def _member(purchase: Purchase) -> list[Contender]:
    """The member price, which stands among the prices like an offer."""
    bp = purchase.shopper.discount_bp
    if bp >= WHOLE:
        return []
    offer = Offer(MEMBER, 0, *MEMBER_NAME, "price", "percent", PercentTerms(bp))
    return [Contender(offer, frozenset(at for at, item in enumerate(purchase.basket) if item.member))]


def finish(purchase: Purchase, midway: Midway, coupons: Sequence[CouponInHand], points: int) -> Priced:
    """Coupon, points and freight on what the lanes before left, and the bill of it all."""
    course = midway.course.copy()
    goods = [coupon for coupon in coupons if coupon.offer.lane == "coupon"]
    carriage = [coupon for coupon in coupons if coupon.offer.lane == "freight_coupon"]
    _coupon_lane(course, goods)
    freight = freight_lane(course, purchase.freight, midway.freight)
    freight = _freight_coupon(course, freight, carriage)
    used = points_rules.use(course, purchase.points_rule, points, bool(course.coupons))
    return _bill(purchase, course, freight, used)


def in_hand(course: Course, coupon: CouponInHand) -> tuple[Contender, Lack | None]:
    """A coupon as an offer, and why it does not hold at all."""
    one = Contender(coupon.offer, places_of(coupon.offer, course.basket), coupon.id)
    lack = unfit(course, coupon.offer, coupon.ends)
    return one, lack or (None if one.places else Lack("NOTHING_COVERED"))


def coupon_deal(course: Course, coupon: CouponInHand) -> tuple[Contender, Deal | Lack]:
    """What a coupon on goods would do now."""
    one, lack = in_hand(course, coupon)
    found = lack or deal_of(course, one, course.free)
    if isinstance(found, Deal) and not found.gives:
        found = Lack("NOTHING_LEFT")
    return one, found


def _coupon_lane(course: Course, coupons: Sequence[CouponInHand]) -> None:
    for coupon in coupons:
        one, found = coupon_deal(course, coupon)
        if course.coupons:
            found = Lack("ONE_COUPON")
        if isinstance(found, Lack):
            course.refuse(one, found)
        else:
            course.apply([(one, found)])


def freight_coupon_deal(course: Course, coupon: CouponInHand, left: int) -> tuple[Contender, Deal | Lack]:
    """What a coupon on the freight would take off what is left of it."""
    one, lack = in_hand(course, coupon)
    return one, lack or off_fee(course, one, left)


def _freight_coupon(course: Course, freight: FreightOff, coupons: Sequence[CouponInHand]) -> FreightOff:
    before = len(course.coupons)
    for coupon in coupons:
        one, found = freight_coupon_deal(course, coupon, freight.left)
        if len(course.coupons) > before:
            course.refuse(one, Lack("ONE_COUPON"))
        elif isinstance(found, Deal) and found.off:
            freight = freight._replace(off=freight.off + Fen(take_off_fee(course, one, found)))
        else:
            course.refuse(one, found if isinstance(found, Lack) else Lack("NOTHING_LEFT"))
    return freight


# ---- the bill -----------------------------------------------------------------------------------------------------------
def _bill(purchase: Purchase, course: Course, freight: FreightOff, used: PointsUse) -> Priced:
    lines = [
        _bought(item, [unit for unit in course.units if unit.item == at]) for at, item in enumerate(purchase.basket)
    ]
    lines += [
        _bought(course.basket[added.item], [unit for unit in course.units if unit.item == added.item])._replace(
            kind=ADD_ON, parent=added.layer
        )
        for added in course.added
    ]
    lines += [_gift(course, *gift) for gift in course.gifts]
    freights = parts_of(purchase.freight, course, freight.off)
    ends = [offer.ends for held in course.held if (offer := held.contender.offer).ends is not None]
    return Priced(
        with_freight(lines, total([part.fee - part.off for part in freights])),
        tuple(course.layers),
        freights,
        tuple(course.coupons),
        used,
        points_rules.earned(course, purchase.earn_rule),
        tuple(dict.fromkeys(course.gifted)),
        tuple(course.outcomes),
        tuple(use for held in course.held for use in _limit_uses(held)),
        min((end for end in ends if end is not None), default=None),
        tuple(course.blocked),
        course.exact,
    )


def _bought(item: Item, units: Sequence[Unit]) -> QuoteLine:
    runs = [
        Run(unit.pieces, Fen(unit.left - unit.points), tuple(map(Fen, unit.offs)), Fen(unit.points)) for unit in units
    ]
    list_price = item.unit if item.list_price is None else item.list_price
    return QuoteLine(
        BOUGHT,
        item.sku,
        item.version,
        (),
        list_price,
        item.unit,
        merged(runs),
        item.location,
        flags=item.flags,
    )


def _gift(course: Course, layer: int, sku: str, pieces: int) -> QuoteLine:
    info = course.gift_infos[sku]
    runs = (Run(pieces, Fen(0)),)
    return QuoteLine(
        GIFT, sku, info.version, (), info.value, Fen(0), runs, info.location, parent=layer, value=info.value
    )


def _limit_uses(held: Held) -> list[LimitUse]:
    offer, limits = held.contender.offer, held.contender.offer.limits
    counted = [
        LimitUse(offer.id, name, held.uses, cap)
        for name in ("per_person", "per_day", "total")
        if (cap := getattr(limits, name)) is not None
    ]
    if limits.budget_fen is not None and held.spent:
        counted.append(LimitUse(offer.id, "budget_fen", held.spent, limits.budget_fen))
    return counted
