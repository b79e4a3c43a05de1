"""Bugs of what an order takes beside its pieces."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "rewards-limit-not-taken", "F04", "reserving.service.take",
        "work.add(*limit_steps.take(bill.counters))",
        "pass",
        "an order uses a limit that nobody counts", "rewards.one",
    ),
    seeded(
        "rewards-coupon-not-taken", "F04", "reserving.service.take",
        "coupons.spend(customer, [use.id for use in bill.coupons], order_id, work, at=at)",
        "pass",
        "one coupon is good for any number of orders", "rewards.one",
    ),
    seeded(
        "rewards-limit-kept", "F24", "reserving.service.give_back",
        "work.add(*stock_steps.release(order.held), *limit_steps.give_back(bill.counters))",
        "work.add(*stock_steps.release(order.held))",
        "what a given-up order used of a limit never comes back", "rewards.one",
    ),
    seeded(
        "rewards-coupon-kept", "F24", "reserving.service.give_back",
        "coupons.give_back(order.customer, [use.id for use in bill.coupons], order.id, work)",
        "pass",
        "the coupon of a given-up order stays used", "rewards.one", "rewards.refund",
    ),
    seeded(
        "rewards-gift-kept", "F18", "refunding.service.refund_order._book_on_order",
        "if last:\n    reserving.void_gifts(order, work)",
        "pass",
        "what was gifted by an order whose money went back can be used", "rewards.gift back",
    ),
    seeded(
        "rewards-rest-as-before", "F17", "refunding.rules.goes_back",
        "free = left - cost_of_rest(bill, gone)",
        "free = paid",
        "what a coupon gave for more stays with a rest that costs less", "rewards.rest",
    ),
    seeded(
        "rewards-rest-owes-all", "F17", "refunding.rules.cost_of_rest",
        "total([line.off_by(at) for line in rest]) - off",
        "layer.off - off",
        "the rest pays back what was off the units that went back, too", "rewards.rest",
    ),
    seeded(
        "rewards-rest-never-short", "F17", "refunding.rules.cost_of_rest",
        "pieces and measure >= abs(layer.threshold)",
        "pieces",
        "no threshold is looked at again", "rewards.rest",
    ),
    seeded(
        "rewards-rest-never-waits", "F17", "refunding.service.ask_refund._require_others_ended",
        "not rules.REFUND.is_final(one.state)",
        "False",
        "the last units take what a refund withheld that is declined after them", "rewards.waits",
    ),
    seeded(
        "rewards-gift-uncounted", "F04", "coupons.service.gifts._give",
        'work.add(steps.take(sheet.id, sheet.revision, shard, 1, WAY, limited=sheet.terms.total is not None))',
        "pass",
        "more coupons are gifted than there are", "rewards.gift",
    ),
]  # fmt: skip
