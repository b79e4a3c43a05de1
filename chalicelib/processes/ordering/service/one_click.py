"""One click: quote, place and start to pay in one request, to the default address.

Guarantees: from the moment that the order stands it is answered, whatever becomes of its payment; one key is one order,
answered with its present payment; two keys for one SKU within a minute are one order, as long as that stands and is not
paid.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.processes.paying.service.start_payment import handed_over, start_payment, wanted_way
from chalicelib.processes.paying.service.step_up import require_step_up
from chalicelib.processes.paying.shapes import NextStep, PaymentView, method_views, payment_view
from chalicelib.records.catalog.service.naming import articles_named
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OPEN, OrderStateConflict
from chalicelib.records.payments.rules import OPEN_ATTEMPT, PaymentDeclined, PaymentStateConflict
from chalicelib.records.payments.service import attempts
from chalicelib.runtime import journal, settings
from chalicelib.runtime.journal import Note
from chalicelib.runtime.work import AlreadyCommitted, Replay, Work, perform, resume

from ..rules import AddressNeeded, ConfirmationNeeded, JustOrdered
from ..shapes import OneClick, OneClickView, ReasonView, Receipt
from .make_quote import Chosen, draw, shown
from .place_order import open_order, require_taking_orders

LIMIT = settings.declare("ONE_CLICK_LIMIT_FEN", "50000", "above this total a one-click order wants its quote confirmed")
AGAIN = timedelta(minutes=1)  # a second click with another key is taken for a slip of the finger for so long
PAYABLE = frozenset({"paid", "quarantined"})  # attempts that hand nothing over, and need not


def one_click(command: OneClick, work: Work) -> OneClickView:
    """Order one SKU and answer what is needed to pay, or why it cannot be paid just now and what to do.

    Raises AlreadyCommitted when it was ordered before, JustOrdered, ConfirmationNeeded (with the quote) above the limit,
    StepUpNeeded, and what quoting and placing raise; nothing from when the order stands.
    """
    placed = resume(work, _place_once, command, work)
    again = isinstance(placed, Replay)
    receipt = Receipt.model_validate_json(placed.reply or "") if isinstance(placed, Replay) else placed
    view = _add_payment(receipt, command, work, again=again)
    if again:
        raise AlreadyCommitted(view=view)
    return view


# ---- the order ------------------------------------------------------------------------------------------------------
@articles_named()
def _place_once(command: OneClick, work: Work) -> Receipt:
    """Place it, unless its customer ordered the same just now and that order stands; one that is over counts no more."""
    wanted_way(command.pay, work.caller.id)  # said before anything is ordered
    require_taking_orders()
    try:
        return _place(command, work)
    except CommitRejected as refused:
        others = [reason for reason in refused.reasons if not isinstance(reason, JustOrdered)]
        former = journal.noted(_click(command, work), work.now, AGAIN)
        if former is not None and _stands(former.what):
            raise CommitRejected([*others, _just_ordered(command, work, former)]) from None
        if len(others) == len(refused.reasons):
            raise
        return _place(command, work.retry(), over=former.what if former else None)  # that order is over


def _place(command: OneClick, work: Work, over: str | None = None) -> Receipt:
    drawn = draw(Chosen(((command.sku, command.quantity),), from_cart=False), None, work)
    if drawn.quote.address is None:
        raise AddressNeeded()
    if drawn.quote.payable > settings.number(LIMIT) or drawn.quote.bill.waits:
        raise ConfirmationNeeded(quote=shown(drawn).model_dump())
    require_step_up(work.caller, int(drawn.quote.payable))
    once = journal.note(
        _click(command, work),
        drawn.quote.order_id,
        work.caller.id,
        work.now,
        within=AGAIN,
        over=over,
        otherwise=partial(_just_ordered, command, work),
    )
    return open_order(drawn.quote, work, once)


def _click(command: OneClick, work: Work) -> str:
    """What a click is known by beside its key: who wants what."""
    return journal.digest("one-click", work.caller.id, command.sku)


def _stands(order_id: str) -> bool:
    """Whether an order waits for its money, or cost nothing, so that nobody has confirmed it by paying."""
    order = orders.find(order_id)
    return order.state in OPEN or (order.state == "paid" and not order.payable)


def _just_ordered(command: OneClick, work: Work, former: Note) -> JustOrdered:
    left = former.at + AGAIN - work.now
    return JustOrdered(sku=command.sku, order_id=former.what, seconds=max(1, -(-left // timedelta(seconds=1))))


# ---- its payment ----------------------------------------------------------------------------------------------------
def _add_payment(receipt: Receipt, command: OneClick, work: Work, *, again: bool) -> OneClickView:
    """The order with its present payment, or with why there is none and what to do."""
    try:
        payment = _find_or_start(receipt.order_id, command, work) if again else _start_first(receipt, command, work)
    except (Refusal, CommitRejected) as trouble:
        why = trouble.reasons[0] if isinstance(trouble, CommitRejected) else trouble
        return _explain_unpaid(receipt, why, work)
    return OneClickView(order=receipt, payment=payment, ask_again_after=payment.ask_again_after if payment else None)


def _explain_unpaid(receipt: Receipt, why: Refusal, work: Work) -> OneClickView:
    params = {name: value for name, value in why.params.items() if name != "methods"}  # they stand in `next`
    reason = ReasonView(code=why.code, title=why.message(work.caller.language), params=params)
    if isinstance(why, OrderStateConflict):
        return OneClickView(order=receipt, payment=None, reason=reason)
    ways = [
        way for way in method_views(work.caller.terminal) if way.available and way.provider != params.get("provider")
    ]
    return OneClickView(
        order=receipt,
        payment=None,
        reason=reason,
        ask_again_after=why.wait,
        next=NextStep(path=f"/v1/orders/{receipt.order_id}/payments", methods=ways),
    )


def _start_first(receipt: Receipt, command: OneClick, work: Work) -> PaymentView | None:
    return _start(receipt.order_id, command, work, turn=0) if receipt.payable.fen else None


def _find_or_start(order_id: str, command: OneClick, work: Work) -> PaymentView | None:
    """The payment that paid the order, or the latest that can pay it, or a new one; None where nothing is to be paid.

    Raises OrderStateConflict, and as `_start`.
    """
    order = orders.own(order_id, work.caller.id)
    tried = attempts.of_order(order.id, order.attempts)
    if order.payment:
        return payment_view(next(one for one in tried if one.id == order.payment), None)
    if order.state not in OPEN:
        if order.state == "paid":
            return None
        raise OrderStateConflict(state=order.state)
    if work.now >= order.pay_before:
        raise OrderStateConflict(state="expired")
    for payment in reversed(tried):
        if (given := handed_over(payment, order, work.now)) is not None:
            return payment_view(payment, given)
    return _start(order_id, command, work, turn=sum(one.state not in OPEN_ATTEMPT for one in tried))


def _start(order_id: str, command: OneClick, work: Work, turn: int) -> PaymentView:
    """A payment that can be paid, started. Its key is the order's own with how many came to nothing before, so that two
    repeats at once start one. Raises PaymentDeclined, PaymentStateConflict, and as `start_payment`."""
    paying = Work(work.caller, f"{work.scope} pay", key=f"{order_id} {turn}", fingerprint=work.fingerprint)
    started = perform(paying, start_payment, order_id, command.pay, paying)
    payment: PaymentView = started.view if isinstance(started, Replay) else started
    if payment.next_action is None and payment.state not in PAYABLE:
        raise (
            PaymentDeclined(provider=payment.provider)
            if payment.state == "failed"
            else PaymentStateConflict(state=payment.state)
        )
    return payment
