"""What changes an attempt: its number is stored before any call, it is settled once, and closed when it cannot be paid any
more. Every step is conditional on the state it may start from, read off the state table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.runtime import vault
from chalicelib.runtime.table import Action, Condition, Step, insert, transition, update

from .. import rules
from ..model import Payment, as_read, told_place
from ..providers.port import CreateResult, NextAction
from ..rules import (
    ATTEMPT,
    NOBODY,
    PaymentExceptionExists,
    PaymentExists,
    PaymentNotFound,
    PaymentSettled,
    PaymentSnapshot,
    StaleRefund,
    Told,
)


def open(payment: Payment, told: Told = NOBODY, asked: str | None = None, keys: Sequence[bytes] = ()) -> Step:
    """Store a drafted attempt with what its provider is going to be told, so that it can be told the same again. `keys` are
    the customer's."""
    payment.asked = asked
    if keys and any(told):
        payment.told = vault.seal(payment.customer, keys[0], json.dumps(told), told_place(payment.id))
    return insert(payment, PaymentExists())


def prepare(payment: Payment, result: CreateResult, *, kept: bool) -> Step:
    """The provider took the attempt; what it handed over is kept when it cost a call."""
    kept_now = [Payment.next_action.set(_pack(result.next_action))] if kept else []
    until = Payment.valid_until.set(result.valid_until)
    return transition(Payment, payment.id, ATTEMPT, "prepare", until, *kept_now)


def settle(
    number: str,
    told_by: str,
    news: PaymentSnapshot,
    now: datetime,
    *,
    late: bool = False,
    owed: str | None = None,
    known: Payment | None = None,
    case: str = "",
) -> Step:
    """The attempt is paid: our amount, by its own provider. `owed` names the refund that takes all of it back at once;
    `known` is the attempt as it was read, if it was; `case` is an exception that it may put right later.

    Its refusals tell apart PaymentNotFound, PaymentMismatched, PaymentSettled, and PaymentExceptionExists when it has
    exceptions that were not read.
    """
    amount = news.amount if news.amount is not None else Fen(0)
    actions: list[Action] = [Payment.captured.set(amount), *_proof(news, now), *_over()]
    if late:
        actions.append(Payment.late.set(True))
    if owed is not None:
        actions += [Payment.refund_reserved.set(amount), Payment.refunds.add({owed})]
    if case:
        actions.append(Payment.cases.add({case}))
    ours = (Payment.amount == amount) & (Payment.provider == told_by)
    ours &= Payment.refund_reserved == 0  # what was quarantined may be on its way back already
    ours &= as_read(known)
    if news.products:
        ours &= Payment.product.is_in(*news.products)
    not_settled = partial(_not_settled, told_by, news)
    return transition(Payment, number, ATTEMPT, "settle", *actions, also=ours, otherwise=not_settled)


def quarantine(number: str, told_by: str, news: PaymentSnapshot, now: datetime, case: str) -> Step:
    """Another amount came: it is captured, but pays nothing, and lies before a person as this exception."""
    captured = Payment.captured.set(news.amount or Fen(0))
    return transition(
        Payment,
        number,
        ATTEMPT,
        "quarantine",
        captured,
        *_proof(news, now),
        *_over(),
        Payment.cases.add({case}),
        also=Payment.provider == told_by,
    )


def end(number: str, action: str) -> Step:
    """The attempt cannot be paid any more; action is close or fail."""
    return transition(Payment, number, ATTEMPT, action, *_over())


def give_back(payment: Payment, amount: Fen) -> Step:
    """So much more of what came in has gone back, after what was read: of two at once one must look again, and whoever puts an
    exception of it before a person just now."""
    return update(
        Payment,
        payment.id,
        actions=[Payment.returned.add(amount)],
        when=(Payment.refund_reserved >= amount) & _returned_as_read(payment) & as_read(payment),
        otherwise=StaleRefund(),
    )


def _returned_as_read(payment: Payment) -> Condition:
    before = payment.returned
    found: Condition = Payment.returned == before if before else Payment.returned.does_not_exist()
    return found


def watch(payment: Payment, case: str) -> Step:
    """This exception is about the attempt as it stands, which may put it right, as may the money that goes back."""
    return update(
        Payment,
        payment.id,
        actions=[Payment.cases.add({case})],
        when=(Payment.state == payment.state) & _returned_as_read(payment) & as_read(payment),
        otherwise=ATTEMPT.refusal,
    )


def _proof(news: PaymentSnapshot, now: datetime) -> list[Action]:
    return [
        Payment.provider_ref.set(news.provider_ref),
        Payment.evidence.set(news.evidence),
        Payment.paid_at.set(news.paid_at or now),
    ]


def _over() -> list[Action]:
    """It is not asked for again: what was handed over and what was told of a person go."""
    return [Payment.next_action.remove(), Payment.told.remove()]


def _not_settled(told_by: str, news: PaymentSnapshot, old: Payment | None) -> Refusal:
    if old is None:
        return PaymentNotFound()
    refusal = rules.not_settled(told_by, news, old.state, old.provider, old.amount, old.product)
    unread = isinstance(refusal, PaymentSettled) and old.state in ATTEMPT.sources("settle") and not old.refund_reserved
    return PaymentExceptionExists() if unread else refusal


def _pack(given: NextAction) -> str:
    return json.dumps([given.kind, given.url, dict(given.fields)], ensure_ascii=False, separators=(",", ":"))
