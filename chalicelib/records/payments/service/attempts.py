"""Attempts: opened with their number stored before any call, settled once, closed when they cannot be paid any more.

Every step is conditional on the state it may start from, read off the state table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.ids import ATTEMPTS, OrderId, is_id, payment_id
from chalicelib.kernel.money import Fen
from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Action, Step, Wanted, fresh, transition, update

from .. import rules
from ..model import Payment as Payment  # what reads answer
from ..providers.port import CreateResult, NextAction
from ..rules import (
    ATTEMPT,
    PaymentExceptionExists,
    PaymentExists,
    PaymentNotFound,
    PaymentSettled,
    PaymentSnapshot,
    RefundRaced,
    TooManyPaymentAttempts,
)
from .exceptions import as_read


class Told(NamedTuple):
    """What a provider is told of a person: the payer's open id and address; empty where its product does not ask. `known`:
    the open id is that of who signed in, not what a client told."""

    payer: str = ""
    client_ip: str = ""
    known: bool = False


NOBODY = Told()


def drafted(
    order_id: str,
    attempt: int,
    *,
    customer: str,
    provider: str,
    product: str,
    amount: Fen,
    now: datetime,
    expires: datetime,
) -> Payment:
    """An order's next attempt, not stored yet. Raises TooManyPaymentAttempts."""
    if attempt > ATTEMPTS:
        raise TooManyPaymentAttempts()
    return Payment(
        payment_id(OrderId(order_id), attempt), customer=customer, provider=provider, product=product, amount=amount,
        state=ATTEMPT.initial, created_at=now, expires_at=expires, captured=Fen(0), spent=Fen(0),
    )  # fmt: skip


def opening(payment: Payment, told: Told = NOBODY, asked: str | None = None) -> Step:
    """Store a drafted attempt with what its provider is going to be told, so that it can be told the same again."""
    payment.asked = asked
    payment.told = vault.seal_legal(json.dumps(told), _told_place(payment.id)) if any(told) else None
    return fresh(payment, PaymentExists())


def prepared(payment: Payment, result: CreateResult, *, kept: bool) -> Step:
    """The provider took the attempt; what it handed over is kept when it cost a call."""
    kept_now = [Payment.next_action.set(packed(result.next_action))] if kept else []
    until = Payment.valid_until.set(result.valid_until)
    return transition(Payment, payment.id, ATTEMPT, "prepare", until, *kept_now)


def settle(
    number: str, told_by: str, news: PaymentSnapshot, now: datetime, *, late: bool = False, owed: str | None = None,
    known: Payment | None = None, case: str = "",
) -> Step:  # fmt: skip
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
        actions += [Payment.spent.set(amount), Payment.refunds.add({owed})]
    if case:
        actions.append(Payment.cases.add({case}))
    ours = (Payment.amount == amount) & (Payment.provider == told_by)
    ours &= Payment.spent == 0  # what was quarantined may be on its way back already
    ours &= as_read(known)
    if news.products:
        ours &= Payment.product.is_in(*news.products)
    not_settled = partial(_not_settled, told_by, news)
    return transition(Payment, number, ATTEMPT, "settle", *actions, also=ours, otherwise=not_settled)


def quarantine(number: str, told_by: str, news: PaymentSnapshot, now: datetime, case: str) -> Step:
    """Another amount came: it is captured, but pays nothing, and lies before a person as this exception."""
    captured = Payment.captured.set(news.amount or Fen(0))
    return transition(
        Payment, number, ATTEMPT, "quarantine", captured, *_proof(news, now), *_over(), Payment.cases.add({case}),
        also=Payment.provider == told_by,
    )  # fmt: skip


def end(number: str, action: str) -> Step:
    """The attempt cannot be paid any more; action is close or fail."""
    return transition(Payment, number, ATTEMPT, action, *_over())


def give_back(payment: Payment, amount: Fen) -> Step:
    """So much more of what came in has gone back, after what was read: of two at once one must look again."""
    before = Payment.returned == payment.returned if payment.returned else Payment.returned.does_not_exist()
    return update(
        Payment, payment.id, actions=[Payment.returned.add(amount)], when=(Payment.spent >= amount) & before,
        otherwise=RefundRaced(),
    )  # fmt: skip


def watch(payment: Payment, case: str) -> Step:
    """This exception is about the attempt as it stands, which may put it right."""
    return update(
        Payment, payment.id, actions=[Payment.cases.add({case})],
        when=(Payment.state == payment.state) & as_read(payment), otherwise=ATTEMPT.refusal,
    )  # fmt: skip


def _proof(news: PaymentSnapshot, now: datetime) -> list[Action]:
    return [
        Payment.provider_ref.set(news.provider_ref), Payment.evidence.set(news.evidence),
        Payment.paid_at.set(news.paid_at or now),
    ]  # fmt: skip


def _over() -> list[Action]:
    """It is not asked for again: what was handed over and what was told of a person go."""
    return [Payment.next_action.remove(), Payment.told.remove()]


def _not_settled(told_by: str, news: PaymentSnapshot, old: Payment | None) -> Refusal:
    if old is None:
        return PaymentNotFound()
    refusal = rules.not_settled(told_by, news, old.state, old.provider, old.amount, old.product)
    unread = isinstance(refusal, PaymentSettled) and old.state in ATTEMPT.sources("settle") and not old.spent
    return PaymentExceptionExists() if unread else refusal


# ---- reading --------------------------------------------------------------------------------------------------------
def find(number: str, *, consistent: bool = True) -> Payment:
    """The attempt; what is no id is asked of nobody. Raises PaymentNotFound."""
    found = table.get(Payment, number, consistent=consistent) if is_id(number[:-2], "O") else None
    if found is None:
        raise PaymentNotFound()
    return found


def own(number: str, customer: str) -> Payment:
    """The customer's own attempt; another's does not exist for them. Raises PaymentNotFound."""
    found = find(number)
    if found.customer != customer:
        raise PaymentNotFound()
    return found


def of_order(order_id: str, count: int) -> list[Payment]:
    """All attempts of an order that has had so many."""
    return of_orders([(order_id, count)])


def of_orders(counts: Iterable[tuple[str, int]]) -> list[Payment]:
    """All attempts of these orders, each with how many it has had; a hundred a round trip."""
    keys = [key for order_id, count in counts for key in wanted_of(order_id, count)]
    return [payment for payment in table.batch(keys, consistent=True) if payment is not None]


def wanted_of(order_id: str, count: int) -> list[Wanted]:
    """The keys of all attempts of an order that has had so many, for a batch read."""
    return [wanted(payment_id(OrderId(order_id), n)) for n in range(1, count + 1)]


def wanted(number: str) -> Wanted:
    """The key of an attempt, for a batch read."""
    return Wanted(Payment, number)


# ---- what was told, and what was handed over ------------------------------------------------------------------------
def told(payment: Payment) -> Told:
    """What its provider was told of a person when it was first asked. Raises SealedDataUnreadable."""
    return Told(*json.loads(vault.unseal_legal(payment.told, _told_place(payment.id)))) if payment.told else NOBODY


def _told_place(number: str) -> str:
    return f"payment|{number}|told"


def packed(given: NextAction) -> str:
    return json.dumps([given.kind, given.url, dict(given.fields)], ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> NextAction:
    kind, url, fields = json.loads(text)
    given: Any = kind
    return NextAction(given, url, fields)
