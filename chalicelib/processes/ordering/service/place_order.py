"""Placing an order: the quote becomes the order in one transaction, without a read; with a remark, after a look for the key
under which its customer may read that again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from chalicelib.kernel.bill import BOUGHT
from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.kernel.quote import Quote
from chalicelib.processes.reserving import service as reserving
from chalicelib.records.carts import service as carts
from chalicelib.records.catalog.service.naming import articles_named
from chalicelib.records.coupons.rules import (
    CouponExpired,
    CouponNotFound,
    CouponUsed,
    CouponVoid,
    NewcomerBenefitTaken,
    NthBenefitTaken,
)
from chalicelib.records.coupons.service import NEWCOMER, NTH_ORDER, is_benefit
from chalicelib.records.holds import service as holds
from chalicelib.records.holds.rules import HoldsPaused, NetworkHoldsEnough, TooManyHeld, TooManyUnpaid
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.inventory.rules import BackorderPostponed, OutOfStock, SaleStopped
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.events import OrderPaid, OrderPayDue, OrderPlaced
from chalicelib.records.orders.rules import OPEN
from chalicelib.records.orders.service import UNSAID, SealedRemark
from chalicelib.records.promotions.limits.rules import LimitReached
from chalicelib.runtime import observe, switches
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work

from ..rules import PAUSED, AddressNeeded, GiftOut, PlacingPaused, PriceChanged, QuoteReused
from ..shapes import PlaceOrder, Receipt, receipt
from . import quotes
from .make_quote import requote
from .naming import offers_named

REALLOCATIONS = 2
CAPPED = (TooManyUnpaid, TooManyHeld, NetworkHoldsEnough)
BENEFITS = (LimitReached, CouponUsed, CouponVoid, CouponExpired, CouponNotFound, NewcomerBenefitTaken, NthBenefitTaken)
HELD_ENOUGH = (*CAPPED, HoldsPaused)
HOLD_REFUSED = observe.alarmed(
    "HoldRefused",
    "Many customers are refused to hold more stock unpaid; somebody may be keeping it from others",
    times=50,
    seconds=300,
)


def place_order(command: PlaceOrder, work: Work) -> Receipt:
    """Hold the stock and open the order: all or nothing.

    The quote's id is the order's id and the idempotency key. Raises QuoteInvalid, QuoteForeign, PriceChanged (with a
    fresh quote), QuoteReused, PlacingPaused, AddressNeeded, TooManyHeld, or CommitRejected with OutOfStock and SaleStopped of
    every line concerned, and TooManyUnpaid, TooManyHeld, NetworkHoldsEnough or HoldsPaused for who holds enough unpaid; where
    only coupons, limits, gifts and add-ons are gone, or the day by which something is sent (BackorderPostponed), with
    PriceChanged beside them, or GiftOut where an offer holds the order up.
    """
    quote = quotes.read(command.quote, work.caller.id)
    work.with_key(quote.order_id, reused=QuoteReused(order_id=quote.order_id))
    require_taking_orders()
    if quote.address is None:
        raise AddressNeeded()
    if not quotes.stands(quote, work.now) or _too_late_for_benefits(quote):
        raise PriceChanged(quote=requote(quote, work).model_dump())

    try:
        return open_order(quote, work, remark=command.remark)
    except CommitRejected as refused:
        raise CommitRejected([*refused.reasons, *_without_what_is_gone(quote, refused, work)]) from None


def _without_what_is_gone(quote: Quote, refused: CommitRejected, work: Work) -> Sequence[Refusal]:
    """The fresh quote, where nothing refuses it but that somebody was faster with a coupon, a limit, a gift or an add-on, or that
    something is sent later than was said; or which offer gives nothing up without its gift."""
    extras = {line.sku for line in quote.lines if line.kind != BOUGHT}
    if not all(_beside(reason, extras) for reason in refused.reasons):
        return []
    try:
        return [PriceChanged(quote=requote(quote, work.retry()).model_dump())]
    except CommitRejected as again:
        return [reason for reason in again.reasons if isinstance(reason, GiftOut)]
    except Refusal:  # what else there is to say, a new quote says
        return []


def _beside(reason: Refusal, extras: Collection[str]) -> bool:
    """Whether a refusal is no want of what was bought."""
    return isinstance(reason, (*BENEFITS, BackorderPostponed)) or (
        isinstance(reason, OutOfStock | SaleStopped) and reason.sku in extras
    )


def _too_late_for_benefits(quote: Quote) -> bool:
    """Whether it has the benefit of a new customer, who has paid for an order since, or of an n-th order that this is not any
    more. Only such a quote costs this look."""
    own = [use.id for use in quote.coupons if is_benefit(use.id)]
    if not own:
        return False
    nths = [int(name.removeprefix(NTH_ORDER)) for name in own if name != NEWCOMER]
    placed, paid = orders.tally(quote.customer, max(nths, default=0))
    return (paid and NEWCOMER in own) or any(placed + 1 != nth for nth in nths)


def require_taking_orders() -> None:
    """Raises PlacingPaused while the shop takes no orders."""
    if switches.read(PAUSED):
        raise PlacingPaused()


@articles_named()
@offers_named()
def open_order(quote: Quote, work: Work, *guards: Step, remark: str | None = None) -> Receipt:
    """Open an order, with further steps that guard it; where a bucket ran dry but others have stock, allocate anew and try
    again. Commits."""
    sealed = _seal_remark(quote, remark) if remark else UNSAID
    tries_left = REALLOCATIONS
    while True:
        _add_order(quote, work, sealed)
        work.add(*guards)
        try:
            return work.commit(receipt(quote, orders.pay_deadline(work.now)))
        except CommitRejected as refused:
            moved = _find_another_way(quote, refused.reasons, work) if tries_left else None
            if moved is None:
                if refused.some(*HELD_ENOUGH):
                    observe.count(HOLD_REFUSED)
                raise
            quote, work, tries_left = moved, work.retry(), tries_left - 1


def _seal_remark(quote: Quote, remark: str) -> SealedRemark:
    return orders.seal_remark(quote.order_id, remark, quote.customer, accounts.keys_of(quote.customer))


def _add_order(quote: Quote, work: Work, remark: SealedRemark) -> None:
    reserving.take(quote.bill, quote.customer, quote.order_id, work, at=work.now)
    work.add(order_steps.open(quote, work.now, orders.pay_deadline(work.now), remark))
    if quote.from_cart:
        carts.take(work.caller.id, quote.bought, work)

    work.publish(OrderPlaced(quote.order_id, work.caller.id, int(quote.payable)))
    if quote.payable:
        holds.take(work.caller.id, quote.order_id, quote.pieces, work, work.caller.ip)
        work.publish(OrderPayDue(quote.order_id), at=orders.pay_deadline(work.now))
    else:
        work.demand()  # what costs nothing is paid by being placed: goods move on it
        work.publish(OrderPaid(quote.order_id, ""))


def _find_another_way(quote: Quote, reasons: Sequence[Exception], work: Work) -> Quote | None:
    """The quote as it may be tried once more, or None. Raises CommitRejected when there is not enough stock."""
    if any(isinstance(reason, CAPPED) for reason in reasons):
        return quote if _strike_off_paid(work) else None
    return _go_elsewhere(quote, reasons)


def _strike_off_paid(work: Work) -> bool:
    """Strike off what was paid or closed since it was counted; whether there was any. Commits."""
    other = work.separate()
    if not holds.strike_off(work.caller.id, _unpaid, other, work.caller.ip):
        return False
    with suppress(CommitRejected):  # somebody else struck it off
        other.commit()
    return True


def _unpaid(order_ids: Iterable[str]) -> set[str]:
    return {order.id for order in orders.several(list(order_ids), consistent=True) if order.state in OPEN}


def _go_elsewhere(quote: Quote, reasons: Sequence[Exception]) -> Quote | None:
    """The quote with its pieces and limits where there is room for them, or None when looking again cannot help.

    Raises CommitRejected with what is left in all when that is not enough.
    """
    if not all(isinstance(reason, OutOfStock | LimitReached) for reason in reasons):
        return None
    moved = reserving.elsewhere(quote.bill, quote.order_id)
    return (
        quote._replace(lines=moved.lines, counters=moved.counters, ahead=moved.ahead) if moved != quote.bill else None
    )
