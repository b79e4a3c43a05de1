"""Starting to pay: store the attempt's number, ask the provider with it, keep what it hands over.

Guarantees: the number is stored before the call; asking again with the same key makes the same call with the same
number; an order has at most one open attempt per provider.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Refusal, Refused
from chalicelib.kernel.ids import PaymentId, order_of
from chalicelib.kernel.money import Fen
from chalicelib.records.identity.service import payers
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.rules import OPEN, OrderMoved
from chalicelib.records.payments.events import PaymentAttemptCreated, PaymentFailed, PaymentQueryDue
from chalicelib.records.payments.providers.port import AlreadyDone, CreateResult, Declined, HandOver, ProviderTrouble
from chalicelib.records.payments.providers.products import Product, product
from chalicelib.records.payments.rules import (
    ATTEMPT,
    OPEN_ATTEMPT,
    PayerNeeded,
    PaymentExists,
    PaymentMoved,
    ProductUnknown,
    ProviderDown,
    next_query,
)
from chalicelib.records.payments.service import attempts, calls
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.runtime.work import Done, Work

from ..payment_shapes import PaymentView, StartPayment, method_views, payment_view
from .complete_payment import close_attempt, closing, look
from .step_up import sure
from .tell_goods import goods

TRIES = 3


class Way(NamedTuple):
    """How somebody pays: the product, and the open id of the payer where it asks for one."""

    row: Product
    payer: str


def start_payment(order_id: str, command: StartPayment, work: Work) -> PaymentView:
    """Open an attempt and answer what the customer's terminal needs.

    Raises Done with the attempt as it stands now when it was opened before, OrderUnknown, OrderMoved, ProductUnknown,
    PayerNeeded, StepUpNeeded, ProviderDown.
    """
    way = wanted_way(command, work.caller.id)
    try:
        number, again = _opened(order_id, way.row, work), False
    except Done as done:
        number, again = _said(done), True
    except (Refusal, Refused):
        try:
            work.earlier()
        except Done as done:
            number, again = _said(done), True
        else:
            raise
    work.key = None  # from here on the row answers, and a refusal is not to be covered by the stored number
    if again:
        _still_wanted(number)
    view = _prepared(number, work, payer=way.payer)
    if again:
        raise Done(view=view)
    return view


def _still_wanted(number: str) -> None:
    """A repeated start hands over nothing for an order that was given up or paid otherwise. Raises OrderMoved."""
    order = orders.find(order_of(PaymentId(number)))
    if order.state not in OPEN and order.payment != number:
        raise OrderMoved(state=order.state)


def wanted_way(command: StartPayment, customer: str) -> Way:
    """What is asked for; who signs in by WeChat need not say who pays there. Raises ProductUnknown, PayerNeeded."""
    row = product(command.provider, command.product)
    if row is None:
        raise ProductUnknown(method=f"{command.provider}.{command.product}")
    payer = command.payer
    if "payer" in row.needs and not payer:
        payer = payers.wechat_payer(customer) if row.provider == "wechat" else None
        if not payer:
            raise PayerNeeded()
    return Way(row, payer or "")


def _said(done: Done) -> str:
    return str(json.loads(done.reply or "{}")["payment_id"])


def _opened(order_id: str, row: Product, work: Work) -> str:
    """The number of a new attempt, stored. Raises Done with it when it was stored before."""
    for tries_left in range(TRIES, -1, -1):
        try:
            return _open(order_id, row, work)
        except Refused as refused:
            raced = all(isinstance(r, OrderMoved | PaymentExists | PaymentMoved) for r in refused.reasons)
            if not raced or not tries_left:
                raise
            work = work.again()  # another attempt was opened in between: look again
    raise AssertionError("unreachable: the last try returns or raises")


def _open(order_id: str, row: Product, work: Work) -> str:
    order = orders.own(order_id, work.caller.id)
    if order.state not in OPEN:
        raise OrderMoved(state=order.state)
    sure(work.caller, int(order.payable))
    deadline = instant(int(order.pay_before))
    if work.now >= deadline:
        raise OrderMoved(state="expired")
    former = [
        p
        for p in attempts.of_order(order.id, int(order.attempts or 0))
        if p.provider == row.provider and p.state in OPEN_ATTEMPT
    ]
    if former:
        work.earlier()  # this very request may be the one that opened it
    for payment in former:
        _make_way(payment, work)
        closing(payment, work)

    number, step = attempts.opening(
        order.id, int(order.attempts or 0) + 1, customer=order.customer, provider=row.provider, product=row.name,
        amount=Fen(int(order.payable)), now=work.now, expires=deadline,
    )  # fmt: skip
    work.add(orders.attempt(order), step)

    work.publish(PaymentAttemptCreated(number, order.id, row.provider, row.name, int(order.payable)))
    work.publish(PaymentQueryDue(number, 0), at=next_query(work.now, deadline, 0))
    work.commit({"payment_id": number})
    return number


def _make_way(payment: Payment, work: Work) -> None:
    """Close the former attempt at its provider. Raises OrderMoved when it turns out to be paid."""
    if close_attempt(payment, work.apart()) == "paid":
        raise OrderMoved(state="paid")


def _prepared(number: str, work: Work, *, payer: str = "") -> PaymentView:
    """The attempt with what its provider hands over, asked for (again) where there is nothing valid."""
    payment = attempts.find(number)
    if payment.state not in OPEN_ATTEMPT or work.now >= payment.expires:
        return payment_view(payment, None)
    if payment.state == "pending" and not _stale(payment, work):
        return payment_view(payment, _kept(payment))
    try:
        result = _created(payment, payer=payer, client_ip=work.caller.ip)
    except AlreadyDone:
        outcome = look(payment, work.apart())
        if outcome == "unreachable":
            raise _down(payment, work) from None
        if outcome == "nothing":  # it stands there unpaid, but what it handed over is lost: nobody can pay it
            _end(payment, "close", work)
        return payment_view(attempts.find(number), None)
    except Declined:
        if payment.state == ATTEMPT.initial:  # a no to asking anew leaves what stands there: it may still be paid
            _end(payment, "fail", work)
        return payment_view(attempts.find(number), None)
    except (ProviderTrouble, ProviderDown):
        raise _down(payment, work) from None

    second = work.apart()
    second.add(attempts.prepared(payment, result, kept=not calls.local(payment)))
    try:
        second.commit()
    except Refused as refused:
        if not all(isinstance(reason, PaymentMoved) for reason in refused.reasons):
            raise
        return payment_view(attempts.find(number), None)  # its notice was faster
    payment.state = "pending"
    return payment_view(payment, result.hand_over)


def _down(payment: Payment, work: Work) -> ProviderDown:
    """Nobody can say what became of the call: the attempt stays open, and the others who answer are named."""
    others = [way for way in method_views(work.caller.terminal) if way.available and way.provider != payment.provider]
    return ProviderDown(provider=payment.provider, methods=[way.model_dump() for way in others])


def handed_over(payment: Payment) -> HandOver | None:
    """What the provider handed over, while it can still pay its order: kept, or signed anew where that needs no call."""
    if payment.state != "pending" or orders.find(payment.order_id).state not in OPEN:
        return None
    return _kept(payment)


def _kept(payment: Payment) -> HandOver | None:
    if calls.local(payment):
        return _created(payment).hand_over
    return attempts.unpacked(payment.hand_over) if payment.hand_over else None


def _created(payment: Payment, *, payer: str = "", client_ip: str = "") -> CreateResult:
    """Ask for the attempt; all that is told of its order follows from the order."""
    told = goods(orders.find(payment.order_id))
    return calls.create(payment, subject=subject(payment), payer=payer, client_ip=client_ip, goods=told)


def subject(payment: Payment) -> str:
    """What the customer reads at the provider."""
    return f"集市订单 Jishi {order_of(PaymentId(payment.id))[-8:]}"


def _stale(payment: Payment, work: Work) -> bool:
    return payment.valid_until is not None and work.now >= instant(int(payment.valid_until))


def _end(payment: Payment, action: str, work: Work) -> None:
    """The attempt leads nowhere; news of it may have been faster."""
    third = work.apart()
    third.add(attempts.end(payment.id, action))
    third.publish(PaymentFailed(payment.id, payment.order_id, payment.provider, ATTEMPT.target(action)))
    try:
        third.commit()
    except Refused as refused:
        if not all(isinstance(reason, PaymentMoved) for reason in refused.reasons):
            raise
