"""Taking and giving back, within the transactions that place, close, revive and annul orders.

Guarantees: an order has all that is scarce of its bill, or is not there; one that is given up gives back what it still has,
once, since the step that moves its state stands in the same transaction.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.bill import NO_LAYER, RETURN_IF_ALL, Bill, shelved, supplied
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.coupons import service as coupons
from chalicelib.records.coupons.service import gifts
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.rules import BackorderPostponed
from chalicelib.records.orders.service import Order
from chalicelib.records.promotions.limits import service as limits
from chalicelib.records.promotions.limits import steps as limit_steps
from chalicelib.runtime.work import Work


def take(bill: Bill, customer: str, order_id: str, work: Work, *, at: datetime) -> None:
    """Take everything scarce of a bill; whether coupons are in time is judged as of an instant.

    Its refusals: OutOfStock, SaleStopped, BackorderPostponed, LimitReached, CouponNotFound, CouponUsed, CouponVoid, CouponNotYet,
    CouponExpired, NewcomerBenefitTaken.
    """
    work.add(*stock_steps.hold((part for line in bill.lines for part in line.stock), bill.ahead))
    work.add(*stock_steps.wait(order_id, bill, (part for line in bill.lines for part in line.stock)))
    work.add(*limit_steps.take(bill.counters))
    coupons.spend(customer, [use.id for use in bill.coupons], order_id, work, at=at)


def give_back(order: Order, work: Work) -> None:
    """Give back what an order still has: pieces that were not sent, its uses of limits, its coupons."""
    bill = order.bill
    work.add(*stock_steps.release(order.held), *limit_steps.give_back(bill.counters))
    work.add(*stock_steps.wait_less(order.id, bill, order.held, order.held))
    coupons.give_back(order.customer, [use.id for use in bill.coupons], order.id, work)


def return_coupons(order: Order, work: Work) -> None:
    """The coupons of a sent order whose policy is `return_if_all` come back, when all its money went back."""
    bill = order.bill
    mine = [use.id for use in bill.coupons if use.layer != NO_LAYER and bill.layers[use.layer].policy == RETURN_IF_ALL]
    coupons.give_back(order.customer, mine, order.id, work)


def void_gifts(order: Order, work: Work) -> None:
    """The coupons that a paid order gifted die with it, when all its money went back."""
    gifts.void(order.customer, order.bill.gifted, order.id, work)


def elsewhere(bill: Bill, order_id: str) -> Bill:
    """The bill with its pieces and its limits where there is room for them now, by looking at all buckets of the locations that
    its lines are sent from. What was to be waited for is waited for as it is said now, and never longer than was said.

    Raises CommitRejected with OutOfStock, SaleStopped or LimitReached when there is not enough anywhere, and with
    BackorderPostponed.
    """
    wanted, waits = shelved(bill.lines), bill.waits
    levels = inventory.read_levels(list(wanted))
    said = inventory.sold_ahead(wanted, levels)
    later = {one.sku: one.until for one in said if one.until and one.sku in waits}
    parts = inventory.allocate(wanted.items(), levels, order_id, later)
    if postponed := [BackorderPostponed(sku=sku) for sku, until in later.items() if until > waits[sku]]:
        raise CommitRejected(postponed)
    return bill._replace(
        lines=supplied(bill.lines, parts), counters=limits.reshard(bill.counters, order_id), ahead=said
    )
