"""The cheapest lawful choice for a customer: one coupon on goods, one on freight, and points.

Every coupon is tried, with every coupon on freight, without and with points. Equal payables: fewer points, then fewer
coupons, then the one that ends soonest. What has to be paid for, an add-on, is never chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .course import Course
from .freight import freight_lane, goods_of
from .offers import CouponInHand
from .points import payable_with_points
from .price import Midway, Priced, Purchase, coupon_deal, finish, freight_coupon_deal, goods_lanes
from .reasons import OfferOutcome
from .units import Deal, Lack

NEVER = 1 << 62  # an end that is open
Rank = tuple[int, int, int, int, int, tuple[str, ...]]


class BestChoice(NamedTuple):
    """The coupons and the points to use, the price with them, and what every coupon in hand answered."""

    coupons: tuple[CouponInHand, ...]
    points: int
    priced: Priced
    outcomes: tuple[OfferOutcome, ...]


class _Way(NamedTuple):
    """The course after a coupon on goods or none, and what is left of the freight then."""

    coupon: CouponInHand | None
    course: Course
    goods: int
    freight: int


def best(purchase: Purchase, coupons: Sequence[CouponInHand], points: int = 0) -> BestChoice:
    """The choice among these coupons and at most so many points."""
    midway = goods_lanes(purchase)
    goods = [coupon for coupon in coupons if coupon.offer.lane == "coupon"]
    carriage = [coupon for coupon in coupons if coupon.offer.lane == "freight_coupon"]
    ranked = []
    for way in _ways(purchase, midway, goods):
        for on_freight in (None, *carriage):
            used = [coupon for coupon in (way.coupon, on_freight) if coupon]
            off = _off_freight(way, on_freight)
            if on_freight is None or off:
                n, fen = _points(purchase, way, used, points)
                ranked.append((_rank(way, off, used, n, fen), way, used, n))
    _, way, used, n = min(ranked, key=lambda one: one[0])
    priced = finish(purchase, midway, used, n)
    return BestChoice(tuple(used), n, priced, _answers(midway, way, priced, coupons))


def _ways(purchase: Purchase, midway: Midway, goods: Sequence[CouponInHand]) -> list[_Way]:
    """Without a coupon, and with every one that gives something."""
    found = [_way(purchase, midway, None, midway.course.copy())]
    for coupon in goods:
        course = midway.course.copy()
        one, deal = coupon_deal(course, coupon)
        if isinstance(deal, Deal):
            course.apply([(one, deal)])
            found.append(_way(purchase, midway, coupon, course))
    return found


def _way(purchase: Purchase, midway: Midway, coupon: CouponInHand | None, course: Course) -> _Way:
    freight = freight_lane(course, purchase.freight, midway.freight)
    return _Way(coupon, course, goods_of(course.units)[0], freight.left)


def _off_freight(way: _Way, coupon: CouponInHand | None) -> int:
    if coupon is None:
        return 0
    _, deal = freight_coupon_deal(way.course, coupon, way.freight)
    return deal.off if isinstance(deal, Deal) else 0


def _points(purchase: Purchase, way: _Way, used: Sequence[CouponInHand], points: int) -> tuple[int, int]:
    """(points, what they pay): as few as pay the most, since a point that pays nothing is never used."""
    rule = purchase.points_rule
    if used and not rule.with_coupon:
        return 0, 0
    n = rule.fewest(min(points, purchase.shopper.points), payable_with_points(way.course, rule))
    return n, rule.fen(n)


def _rank(way: _Way, off: int, used: Sequence[CouponInHand], points: int, fen: int) -> Rank:
    payable = way.goods - fen + way.freight - off
    ends = sorted(NEVER if coupon.ends is None else coupon.ends for coupon in used)
    first, second = [*ends, NEVER, NEVER][:2]
    return payable, points, len(used), first, second, tuple(coupon.id for coupon in used)


def _answers(midway: Midway, way: _Way, priced: Priced, coupons: Sequence[CouponInHand]) -> tuple[OfferOutcome, ...]:
    """What every coupon in hand answers: the used ones as they were, the others why they were not."""
    told = {outcome.coupon: outcome for outcome in priced.outcomes if outcome.coupon}
    course = midway.course.copy()
    before = len(course.outcomes)
    for coupon in coupons:
        if coupon.id in told:
            course.outcomes.append(told[coupon.id])
            continue
        on_goods = coupon.offer.lane == "coupon"
        one, deal = coupon_deal(course, coupon) if on_goods else freight_coupon_deal(way.course, coupon, way.freight)
        course.refuse(one, deal if isinstance(deal, Lack) else Lack("OTHER_BETTER"))
    return tuple(course.outcomes[before:])
