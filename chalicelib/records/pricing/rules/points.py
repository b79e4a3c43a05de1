"""Points that pay for goods, and points that an order brings."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.bill import PointsUse
from chalicelib.kernel.money import WHOLE, Fen
from chalicelib.kernel.runs import spread

from .course import Course
from .reasons import APPLIED, OfferOutcome
from .units import Unit

NO_POINTS_RULE = 0


class PointsRule(NamedTuple):
    """What points pay: `fen_per_100` fen for 100 of them, at most `max_bp` of the goods, in steps of `unit` points.

    `with_coupon`: also beside a coupon; `least_payable` is what stays to be paid for the goods; `activity`: whether pieces at
    the price of an activity may be paid with them. A rule of 0 fen pays nothing.
    """

    fen_per_100: int = NO_POINTS_RULE
    max_bp: int = WHOLE
    unit: int = 1
    with_coupon: bool = True
    least_payable: Fen = Fen(0)
    activity: bool = False

    def fen(self, points: int) -> int:
        """What so many points pay."""
        return points * self.fen_per_100 // 100

    def fewest(self, points: int, most_fen: int) -> int:
        """As few of so many points as pay the most that may be paid: never more than the money they save."""
        if not self.fen_per_100:
            return 0
        most = min(points, most_fen * 100 // self.fen_per_100) // self.unit * self.unit
        needed = -(-self.fen(most) * 100 // self.fen_per_100)
        return min(most, -(-needed // self.unit) * self.unit)


class EarnRule(NamedTuple):
    """What an order brings: so many points for 100 fen that are paid for goods, times a level's factor in basis points."""

    points_per_100_fen: int = 0
    factor_bp: int = WHOLE

    def earned(self, paid: int) -> int:
        """Points for goods that cost so much, the odd part left out."""
        return paid * self.points_per_100_fen * self.factor_bp // (100 * WHOLE)


def payable_with_points(course: Course, rule: PointsRule) -> int:
    """The most that points may pay for what stands now."""
    open_ = sum(unit.left * unit.pieces for unit in course.units if _payable(unit, rule))
    goods = sum(unit.left * unit.pieces for unit in course.units)
    return max(0, min(open_ * rule.max_bp // WHOLE, goods - int(rule.least_payable)))


def use(course: Course, rule: PointsRule, wanted: int, coupon: bool) -> PointsUse:
    """The points that are used of those that are wanted, laid on the units. It is never silent about less."""
    if wanted <= 0:
        return PointsUse()
    have = min(wanted, course.shopper.points)
    n = 0 if coupon and not rule.with_coupon else rule.fewest(have, payable_with_points(course, rule))
    fen = Fen(rule.fen(n))
    if coupon and not rule.with_coupon:
        code = "POINTS_NOT_WITH_COUPON"
    elif not have or not rule.fen_per_100:
        code = "NO_POINTS"
    elif not n:
        code = "POINTS_TOO_FEW" if have < rule.unit else "NOTHING_LEFT"
    else:
        code = APPLIED if n == wanted else "POINTS_CAPPED"
    course.outcomes.append(OfferOutcome("points", "points", bool(fen), fen, code))
    _lay(course, rule, int(fen))
    return PointsUse(n, fen) if fen else PointsUse()


def _payable(unit: Unit, rule: PointsRule) -> bool:
    return not unit.shut or rule.activity or "points" in unit.admits


def _lay(course: Course, rule: PointsRule, fen: int) -> None:
    weights = [(unit.pieces, unit.left if _payable(unit, rule) else 0, unit.left) for unit in course.units]
    course.units = [
        unit._replace(pieces=pieces, points=int(each))
        for unit, parts in zip(course.units, spread(fen, weights), strict=True)
        for pieces, each in parts
    ]


def earned(course: Course, rule: EarnRule) -> int:
    """The points an order brings: by what is paid, by its lines, by its offers."""
    paid = sum((unit.left - unit.points) * unit.pieces for unit in course.units)
    lines = {unit.item for unit in course.units}
    return rule.earned(paid) + sum(course.basket[at].earn for at in lines) + course.bonus
