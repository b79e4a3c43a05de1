"""Bugs of the arithmetic of prices: odd fen, lanes, who gets which pieces, limits, freight, points."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "pricing-odd-fen-lost", "I1", "kernel.runs._round",
        "odd -= more",
        "odd = 0",
        "one group of units takes all odd fen there are, the others' are lost", "pricing.",
    ),
    seeded(
        "pricing-swallowed-not-given-again", "E1", "kernel.runs.spread",
        "while amount:\n"
            "    open_ = [unit for unit in units if unit[1] > 0 and unit[2] > unit[3]]\n"
            "    if not open_:\n"
            "        break\n"
            "    amount = _round(amount, open_, units)",
        "amount = _round(amount, [unit for unit in units if unit[1] > 0 and unit[2] > unit[3]], units)",
        "what a floor swallows is not given to units with room", "pricing.",
    ),
    seeded(
        "pricing-floors-of-lines-only", "I2", "pricing.rules.units.Unit.room",
        "self.left - self.floor",
        "self.left",
        "a piece goes below its floor", "pricing.",
    ),
    seeded(
        "pricing-member-on-top", "E9", "pricing.rules.lanes._usual",
        "at not in best or off > best[at][1]",
        "True",
        "the last of several prices wins a piece, not the lowest", "pricing.",
    ),
    seeded(
        "pricing-pieces-serve-twice", "E9", "pricing.rules.settling.taken_from",
        "left[at] -= pieces",
        "pass",
        "pieces that an offer used up serve the next one, too", "pricing.",
    ),
    seeded(
        "pricing-greedy-only", "S68", "pricing.rules.settling.settle",
        "1 < len(group) <= MOST_CONTENDING and trials",
        "False",
        "one large offer keeps out two small ones that are more together", "pricing.",
    ),
    seeded(
        "pricing-activity-takes-all", "N1", "pricing.rules.course.Course.claims",
        "not self.units[at].shut or lane in self.units[at].admits",
        "True",
        "a piece at the price of an activity takes offers and coupons", "pricing.",
    ),
    seeded(
        "pricing-ends-one-late", "E15", "pricing.rules.lanes.unfit",
        "course.at >= end",
        "course.at > end",
        "an offer holds at the very instant of its end", "pricing.",
    ),
    seeded(
        "pricing-gift-blocks-nobody", "E7", "pricing.rules.course.Course.available",
        "info.available - taken - given",
        "info.available",
        "a gift is given that is bought or given already", "pricing.",
    ),
    seeded(
        "pricing-freight-step-floors", "N3", "pricing.rules.freight.FreightTemplate.fee",
        "-(-beyond // self.step)",
        "beyond // self.step",
        "a begun step of the freight is not paid", "pricing.",
    ),
    seeded(
        "pricing-points-overpay", "S95", "pricing.rules.points.PointsRule.fewest",
        "min(most, -(-needed // self.unit) * self.unit)",
        "points",
        "more points go than the money they save", "pricing.",
    ),
    seeded(
        "pricing-percent-of-each", "E8", "pricing.rules.units.rate",
        "2 * amount * basis_points + WHOLE",
        "2 * amount * basis_points",
        "a half is rounded down", "pricing.",
    ),
    seeded(
        "pricing-coupon-before-offers", "E10", "pricing.rules.kinds.amount.AmountOff.deal",
        "stand.sum",
        "sum(int(stand.basket[unit.item].unit) * unit.pieces for unit in stand.units)",
        "a threshold counts what pieces cost before the lanes before it", "pricing.",
    ),
]  # fmt: skip
