"""What changes a refund: the amount is set aside before anybody is asked, so that what goes back never exceeds what came in.

`refund_reserved` on the payment is everything asked for, on its way, stuck or given back; only a declined or released refund
frees its amount again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.runtime.table import Action, Step, check, insert, transition, update

from ..model import WAITING, Payment, Refund, as_read, pack_sent
from ..rules import (
    MOVING_REFUND,
    REFUND,
    NothingToRefund,
    PaymentStateConflict,
    RefundSnapshot,
    RefundTooLarge,
    Sent,
    StaleRefund,
)


def ask(
    refund_id: str,
    payment: Payment,
    amount: Fen,
    now: datetime,
    *,
    by: str,
    said: bytes,
    units: tuple[Sequence[int], Sequence[int]] | None = None,
) -> list[Step]:
    """Set the amount aside and let finance decide. `units` are those given back before and those wanted now; `said` is
    why, in a person's words, sealed: they may hold anything, so they are shown to staff and told to nobody else.

    Raises RefundTooLarge, NothingToRefund; the steps' refusal is StaleRefund when another refund came in between.
    """
    wanted = json.dumps(list(units[1])) if units else None
    row = Refund(
        refund_id,
        payment=payment.id,
        amount=amount,
        state=REFUND.initial,
        said=said,
        cause="asked",
        units=wanted,
        created_at=now,
        asked_by=by,
        waits=WAITING,
    )
    return [_set_aside(payment, refund_id, amount, units), insert(row, StaleRefund())]


def order_back(refund_id: str, payment: Payment, amount: Fen, now: datetime, *, by: str, reason: str) -> list[Step]:
    """Set the amount aside and send it back without asking finance again (a person decided an exception)."""
    row = Refund(
        refund_id,
        payment=payment.id,
        amount=amount,
        state=REFUND.target("approve"),
        reason=reason,
        cause="exception",
        created_at=now,
        asked_by=by,
        decided_by=by,
    )
    return [_set_aside(payment, refund_id, amount, None), insert(row, StaleRefund())]


def give_back_freight(refund_id: str, payment: Payment, amount: Fen, now: datetime) -> list[Step]:
    """Set aside what sending the goods costs less than was paid, and send it back without asking finance; while just as much is
    asked back as when the payment was read."""
    return [
        _set_aside(payment, refund_id, amount, None, alone=True),
        owe(refund_id, payment.id, amount, now, "freight"),
    ]


def owe(refund_id: str, payment_id: str, amount: Fen, now: datetime, cause: str) -> Step:
    """All of a late or second payment goes back; its settlement sets the amount aside in the same transaction."""
    return insert(
        Refund(
            refund_id,
            payment=payment_id,
            amount=amount,
            state=REFUND.target("approve"),
            reason=cause,
            cause=cause,
            created_at=now,
            asked_by="shop",
            decided_by="shop",
        ),
        StaleRefund(),
    )


def check_units(payment: Payment) -> Step:
    """That no more units are asked back of a payment than were when it was read."""
    as_read = (Payment.units == payment.units) if payment.units else Payment.units.does_not_exist()
    return check(Payment, payment.id, when=as_read, otherwise=StaleRefund())


def _set_aside(
    payment: Payment,
    refund_id: str,
    amount: Fen,
    units: tuple[Sequence[int], Sequence[int]] | None,
    *,
    alone: bool = False,
) -> Step:
    captured, refund_reserved = payment.captured or Fen(0), payment.refund_reserved or Fen(0)
    if captured == 0 or amount <= 0:
        raise NothingToRefund()
    if refund_reserved + amount > captured:
        raise RefundTooLarge(left=int(captured - refund_reserved))
    actions: list[Action] = [Payment.refund_reserved.add(amount), Payment.refunds.add({refund_id})]
    when = (Payment.captured == captured) & (Payment.refund_reserved <= captured - amount)
    if units is not None:
        before, wanted = units
        actions.append(Payment.units.set(_pack([b + w for b, w in zip(before, wanted, strict=True)])))
        when &= (Payment.units == payment.units) if payment.units else Payment.units.does_not_exist()
    if alone:
        when &= Payment.refund_reserved == refund_reserved
    return update(Payment, payment.id, actions=actions, when=when, otherwise=partial(_raced, amount))


def _raced(amount: Fen, old: Payment | None) -> Refusal:
    if old is None:
        return PaymentStateConflict(state="unknown")
    left = int(old.captured or 0) - int(old.refund_reserved or 0)
    return RefundTooLarge(left=left) if left < amount else StaleRefund()


def approve(refund: Refund, by: str) -> Step:
    """Finance agrees; only now may the provider be asked."""
    return _move(refund, "approve", Refund.decided_by.set(by), Refund.waits.remove())


def decline(refund: Refund, payment: Payment, by: str) -> list[Step]:
    """Finance does not agree: the amount and the units are free again."""
    return [_move(refund, "decline", Refund.decided_by.set(by), Refund.waits.remove()), _free(refund, payment)]


def recall(refund: Refund, payment: Payment) -> list[Step]:
    """What was agreed on does not go back after all, before anybody was asked: the amount and the units are free again."""
    return [_move(refund, "recall"), _free(refund, payment)]


def release(refund: Refund, payment: Payment, by: str) -> list[Step]:
    """A failed refund will not be tried again: the amount and the units are free again."""
    return [_move(refund, "release", Refund.decided_by.set(by)), _free(refund, payment)]


def renumber(refund: Refund, number: str, now: datetime, by: str) -> list[Step]:
    """What the shop owes is asked for under a new number, in place of one that failed; the amount stays set aside."""
    return [
        _move(refund, "release", Refund.decided_by.set(by)),
        owe(number, refund.payment, refund.amount, now, refund.cause),
        update(
            Payment,
            refund.payment,
            actions=[Payment.refunds.add({number})],
            when=Payment.refund_reserved >= refund.amount,
            otherwise=StaleRefund(),
        ),
    ]


def _free(refund: Refund, payment: Payment) -> Step:
    actions: list[Action] = [Payment.refund_reserved.add(-int(refund.amount))]
    when = Payment.refund_reserved >= refund.amount
    if refund.units:
        back = [count - more for count, more in zip(json.loads(payment.units), refund.unit_counts, strict=True)]
        actions.append(Payment.units.set(_pack(back)))
        when &= Payment.units == payment.units
    return update(Payment, payment.id, actions=actions, when=when, otherwise=StaleRefund())


def retry(refund: Refund, by: str) -> Step:
    """Send a failed or stuck refund once more, under the same number; one that failed has ended wherever it was sent."""
    actions: list[Action] = [Refund.decided_by.set(by)]
    if refund.packed_sent and refund.state == REFUND.target("fail"):
        actions.append(Refund.packed_sent.set(pack_sent(refund.sent.ended())))
    return _move(refund, "retry", *actions)


def note_sent(refund: Refund, sent: Sent) -> Step:
    """Keep what is known of its sendings, as it was read: of two who would send it one must look again."""
    before = refund.packed_sent
    return update(
        Refund,
        refund.id,
        actions=[Refund.packed_sent.set(pack_sent(sent))],
        when=Refund.state.is_in(*sorted(MOVING_REFUND))
        & (Refund.packed_sent == before if before else Refund.packed_sent.does_not_exist()),
        otherwise=partial(_explain, MOVING_REFUND),
    )


def book_by_hand(refund: Refund, by: str) -> Step:
    """The money was given back by another way; the amount stays reserved."""
    return _move(refund, "by_hand", Refund.decided_by.set(by))


def follow(refund: Refund, action: str, news: RefundSnapshot, now: datetime, case: str = "") -> Step:
    """What the provider did with it; action is submit, succeed, fail or stick. `case` is the exception that this is."""
    actions: list[Action] = [Refund.provider_ref.set(news.provider_ref), Refund.evidence.set(news.evidence)]
    if action == "succeed":
        actions.append(Refund.refunded_at.set(news.refunded_at or now))
    if news.code:
        actions.append(Refund.code.set(news.code))
    if case:
        actions.append(Refund.cases.add({case}))
    return _move(refund, action, *actions)


def watch(refund: Refund, case: str) -> Step:
    """This exception is about the refund as it stands, which may put it right."""
    return update(
        Refund,
        refund.id,
        actions=[Refund.cases.add({case})],
        when=(Refund.state == refund.state) & as_read(refund),
        otherwise=partial(_explain, (refund.state,)),
    )


def _move(refund: Refund, action: str, *actions: Action) -> Step:
    raced = partial(_explain, REFUND.sources(action))
    return transition(Refund, refund.id, REFUND, action, *actions, also=as_read(refund), otherwise=raced)


def _explain(sources: Collection[str], old: Refund | None) -> Refusal:
    return StaleRefund() if old is not None and old.state in sources else REFUND.refusal(old)


def _pack(counts: Sequence[int]) -> str:
    return json.dumps(list(counts), separators=(",", ":"))
