"""Starting to pay: store the attempt's number, ask the provider with it, keep what it hands over.

Guarantees: the number is stored before the call; asking again with the same key tells the provider the same words under
the same number, whoever asks from wherever, or ends the attempt; an order has at most one open attempt per provider.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.ids import PaymentId, order_of
from chalicelib.records.identity.accounts.service import accounts, contact
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import OPEN, OrderStateConflict
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.events import PaymentAttemptCreated, PaymentFailed, PaymentQueryDue
from chalicelib.records.payments.providers import METHODS
from chalicelib.records.payments.providers.manifest import PaymentMethod
from chalicelib.records.payments.providers.port import (
    AlreadyDone,
    AttemptRequest,
    Declined,
    NextAction,
    PayerWrong,
    ProviderError,
)
from chalicelib.records.payments.rules import (
    ATTEMPT,
    OPEN_ATTEMPT,
    PayerNeeded,
    PayerRefused,
    PaymentExists,
    PaymentMethodUnknown,
    PaymentProviderDown,
    PaymentStateConflict,
    next_query,
)
from chalicelib.records.payments.service import attempts, calls
from chalicelib.records.payments.service.attempts import Payment, Told
from chalicelib.records.payments.steps import attempts as attempt_steps
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import AlreadyCommitted, Replay, Work, resume

from ..shapes import PaymentView, StartPayment, method_views, payment_view
from .complete_payment import close_attempt, end_attempt, open_attempts, overtaken, poll
from .goods_lines import goods_lines
from .step_up import require_step_up

TRIES = 4
LOGINS = {"wechat": lambda customer: contact.wechat_payer(customer)}  # a way of signing in -> who pays, by it


class Way(NamedTuple):
    """How somebody pays: the product, and the open id of the payer where it asks for one; `known` when that is of who signed
    in; `return_to` is where they want to be sent afterwards."""

    row: PaymentMethod
    payer: str
    known: bool = False
    return_to: str = ""


def start_payment(order_id: str, command: StartPayment, work: Work) -> PaymentView:
    """Open an attempt and answer what the customer's terminal needs.

    Raises AlreadyCommitted with the attempt as it stands now when it was opened before, OrderNotFound, OrderStateConflict,
    PaymentMethodUnknown, PayerNeeded, PayerRefused, ReturnAddressRefused, StepUpNeeded, PaymentProviderDown.
    """
    opened = resume(work, _store_attempt, order_id, command, work)
    if isinstance(opened, Replay):
        raise AlreadyCommitted(view=_show_again(str(json.loads(opened.reply or "{}")["payment_id"]), work))
    return _prepare(*opened, work)


def _show_again(number: str, work: Work) -> PaymentView:
    """What a repeated start is answered: nothing is handed over for an order that was given up or paid otherwise.

    Raises OrderStateConflict, PaymentProviderDown.
    """
    order = orders.find(order_of(PaymentId(number)))
    if order.state not in OPEN and order.payment != number:
        raise OrderStateConflict(state=order.state)
    return _show_as_it_stands(attempts.find(number), order, work)


def wanted_way(command: StartPayment, customer: str) -> Way:
    """What is asked for; who signs in where they pay need not say who pays. Raises PaymentMethodUnknown, PayerNeeded,
    ReturnAddressRefused."""
    row = METHODS.get((command.provider, command.product))
    if row is None or not calls.offers(row):
        raise PaymentMethodUnknown(method=f"{command.provider}.{command.product}")
    back = command.return_url or ""
    if back:
        calls.require_return_allowed(back)
    if "payer" not in row.needs or command.payer:
        return Way(row, command.payer or "", return_to=back)
    login = calls.login_of(row)
    known = LOGINS[login](customer) if login is not None else None
    if not known:
        raise PayerNeeded()
    return Way(row, known, known=True, return_to=back)


def _store_attempt(order_id: str, command: StartPayment, work: Work) -> tuple[Payment, AttemptRequest]:
    """A new attempt, stored, and what its provider is asked; while another is opened in between, look again. Commits.
    Raises AlreadyCommitted with its number when it was stored before."""
    way = wanted_way(command, work.caller.id)

    def store(work: Work) -> tuple[Payment, AttemptRequest]:
        return _open_attempt(order_id, way, work)

    return work.attempts(TRIES, store, OrderStateConflict, PaymentExists, PaymentStateConflict)


def _open_attempt(order_id: str, way: Way, work: Work) -> tuple[Payment, AttemptRequest]:
    """Close the former attempt at the same provider, and open one. Commits."""
    order = orders.own(order_id, work.caller.id)
    if order.state not in OPEN:
        raise OrderStateConflict(state=order.state)
    require_step_up(work.caller, int(order.payable))
    if work.now >= order.pay_before:
        raise OrderStateConflict(state="expired")
    former = [payment for payment in open_attempts(order) if payment.provider == way.row.provider]
    if former:
        work.raise_if_committed()  # this very request may be the one that opened it
    for payment in former:
        _make_way(payment, work)
        end_attempt(payment, work)

    payment = attempts.draft(
        order.id,
        (order.attempts or 0) + 1,
        customer=order.customer,
        provider=way.row.provider,
        product=way.row.name,
        amount=order.payable,
        now=work.now,
        expires=order.pay_before,
    )
    told = Told(way.payer, work.caller.ip if "client_ip" in way.row.needs else "", way.known, way.return_to)
    request = calls.request_of(payment, subject=subject(payment), told=told, goods=goods_lines(order))
    keys = accounts.keys_of(order.customer) if any(told) else ()
    asked = calls.fingerprint(payment, request)
    work.add(order_steps.count_attempt(order), attempt_steps.open(payment, told, asked, keys))

    work.publish(PaymentAttemptCreated(payment.id, order.id, payment.provider, payment.product, int(order.payable)))
    work.publish(PaymentQueryDue(payment.id, 0), at=next_query(work.now, order.pay_before, 0))
    work.commit({"payment_id": payment.id})
    return payment, request


def _make_way(payment: Payment, work: Work) -> None:
    """Close the former attempt at its provider. Raises OrderStateConflict or StaleOrder when it turns out to be paid."""
    if close_attempt(payment, work.separate()) == "paid":
        raise overtaken(payment.order_id)


def _show_as_it_stands(payment: Payment, order: Order, work: Work) -> PaymentView:
    """An attempt with what its provider hands over, asked for again in the same words where there is nothing valid; it
    ends when the same words cannot be said again."""
    if payment.state not in OPEN_ATTEMPT or work.now >= payment.expires_at:
        return payment_view(payment, None)
    given = handed_over(payment, order, work.now)
    if given is not None:
        return payment_view(payment, given)
    request = _request_again(payment, order)
    if request is not None:
        return _prepare(payment, request, work)
    close_attempt(payment, work.separate())
    _end(payment, "close", work)  # where its money was faster, this changes nothing
    return payment_view(attempts.find(payment.id), None)


def _request_again(payment: Payment, order: Order) -> AttemptRequest | None:
    """What its provider was first asked for an attempt; None when that cannot be said again: the shop's address, its
    contract or its own words have changed since."""
    try:
        told = attempts.told(payment, accounts.keys_of(payment.customer) if payment.told else ())
    except SealedDataUnreadable:
        return None
    request = calls.request_of(payment, subject=subject(payment), told=told, goods=goods_lines(order))
    return request if calls.fingerprint(payment, request) == payment.asked else None


def _prepare(payment: Payment, request: AttemptRequest, work: Work) -> PaymentView:
    """The attempt with what its provider hands over for this request. Commits."""
    number = payment.id
    try:
        result = calls.create(payment, request)
    except AlreadyDone:
        outcome = poll(payment, work.separate())
        if outcome in ("missing", "unreachable"):  # it is there, and it is not: nobody can say
            raise _down(payment, work) from None
        if outcome == "nothing":  # it stands there unpaid, but what it handed over is lost: nobody can pay it
            _end(payment, "close", work)
        return payment_view(attempts.find(number), None)
    except PayerWrong:
        _fail(payment, work)
        raise PayerRefused(provider=payment.provider) from None
    except Declined:
        _fail(payment, work)
        return payment_view(attempts.find(number), None)
    except (ProviderError, PaymentProviderDown):
        raise _down(payment, work) from None

    second = work.separate()
    second.add(attempt_steps.prepare(payment, result, kept=not calls.local(payment)))
    try:
        second.commit()
    except CommitRejected as refused:
        if not refused.only(PaymentStateConflict):
            raise
        return payment_view(attempts.find(number), None)  # its notice was faster
    payment.state = "pending"
    return payment_view(payment, result.next_action)


def _down(payment: Payment, work: Work) -> PaymentProviderDown:
    """Nobody can say what became of the call: the attempt stays open, and the others who answer are named."""
    others = [way for way in method_views(work.caller.terminal) if way.available and way.provider != payment.provider]
    return PaymentProviderDown(provider=payment.provider, methods=[way.model_dump() for way in others])


def handed_over(payment: Payment, order: Order, now: datetime) -> NextAction | None:
    """What the provider handed over, while it can still pay its order: kept, or signed anew where that needs no call."""
    if payment.state != "pending" or order.state not in OPEN or now >= payment.valid_until:
        return None
    if not calls.local(payment):
        return attempts.unpack(payment.next_action)
    request = _request_again(payment, order)
    return calls.create(payment, request).next_action if request is not None else None


def subject(payment: Payment) -> str:
    """What the customer reads at the provider."""
    return f"集市订单 Jishi {order_of(PaymentId(payment.id))[-8:]}"


def _fail(payment: Payment, work: Work) -> None:
    """The provider opened nothing; a no to asking anew leaves what stands there, since that may still be paid."""
    if payment.state == ATTEMPT.initial:
        _end(payment, "fail", work)


def _end(payment: Payment, action: str, work: Work) -> None:
    """The attempt leads nowhere; news of it may have been faster. Commits."""
    third = work.separate()
    third.add(attempt_steps.end(payment.id, action))
    third.publish(PaymentFailed(payment.id, payment.order_id, payment.provider, ATTEMPT.target(action)))
    try:
        third.commit()
    except CommitRejected as refused:
        if not refused.only(PaymentStateConflict):
            raise
