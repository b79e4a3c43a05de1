"""Giving money back: the provider is asked with our number until it has an answer, and its news are folded.

Guarantees: the provider sees one number per refund; an unknown outcome is never taken for a no, nor is a code that no
table knows; a refund that fails, gets stuck or stays unclear lies before a person.
"""

from __future__ import annotations

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.events import OrderAnnulled
from chalicelib.records.orders.rules import ORDER
from chalicelib.records.orders.service import Order
from chalicelib.records.payments import rules
from chalicelib.records.payments.events import (
    RefundFailed,
    RefundQueryDue,
    RefundRequested,
    RefundSucceeded,
)
from chalicelib.records.payments.providers.port import AuthConfig, Declined, NotFound, ProviderTrouble
from chalicelib.records.payments.rules import (
    MOVING_REFUND,
    ProviderDown,
    RefundMoved,
    RefundSnapshot,
    RefundUnknown,
)
from chalicelib.records.payments.service import attempts, calls, exceptions, refunds
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.service.refunds import Refund
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work

SILENT_TURN = 5  # after an hour and a half without a clear word a person is told, and the asking goes on
SLOW_TURN = 76  # after three days of being under way, too
MOST_TURNS = 300  # hourly at last: nearly two weeks


# ---- asking the provider --------------------------------------------------------------------------------------------
def send_refund(fact: RefundRequested, work: Work) -> None:
    """Ask the provider to give the money back, under our number; sending it twice gives back once."""
    _drive(fact.refund_id, 0, work, ask_first=False)


def complete_refund(fact: RefundQueryDue, work: Work) -> None:
    """Ask what became of a refund; where the provider knows nothing of it, send it again."""
    _drive(fact.refund_id, fact.turn, work, ask_first=True)


def _drive(refund_id: str, turn: int, work: Work, *, ask_first: bool) -> None:
    row = refunds.find(refund_id)
    if row.state not in MOVING_REFUND:
        return
    payment = attempts.find(row.payment)
    try:
        news = _asked(row, payment, ask_first=ask_first)
    except (ProviderTrouble, ProviderDown) as trouble:
        if turn == SILENT_TURN or isinstance(trouble, AuthConfig):
            _put(_silence(row, payment, work), work, "silent")
        _arm(row, turn, work)
        return
    quiet = rules.fold_refund(row.state, Fen(int(row.amount)), news) == rules.NO_NEWS
    if quiet or take_refund_news(payment.provider, news, work, turn=turn, row=row) == "mismatch":
        if turn == (SILENT_TURN if news.code else SLOW_TURN):
            _put(_silence(row, payment, work), work, "silent")
        _arm(row, turn, work)


def _asked(row: Refund, payment: Payment, *, ask_first: bool) -> RefundSnapshot:
    """The provider's word. Raises ProviderTrouble, ProviderDown: only Declined is a no, and only of the refund itself."""
    if ask_first and (told := look(row, payment)).status != "UNKNOWN":
        return told
    try:
        return calls.refund(row, payment)
    except Declined as no:
        return RefundSnapshot(row.id, "FAILED", code=no.code or "declined")


def look(row: Refund, payment: Payment) -> RefundSnapshot:
    """What the provider knows of a refund; UNKNOWN is nothing. Raises ProviderTrouble, ProviderDown."""
    try:
        return calls.query_refund(row, payment)
    except NotFound:
        return RefundSnapshot(row.id, "UNKNOWN")


def _silence(row: Refund, payment: Payment, work: Work) -> tuple[str, Step]:
    """Nobody can say what became of it: whether to wait on is for a person."""
    return exceptions.opening(
        "refund_silent", payment.provider, payment.id, work.now, refund=row.id, expected=Fen(int(row.amount))
    )


def _arm(row: Refund, turn: int, work: Work) -> None:
    """Ask again later, for two weeks."""
    if turn >= MOST_TURNS:
        return
    again = work.again()
    again.publish(RefundQueryDue(row.id, turn + 1), at=rules.next_refund_query(work.now, turn))
    again.commit()


# ---- news -----------------------------------------------------------------------------------------------------------
def take_refund_news(
    provider: str, news: RefundSnapshot, work: Work, *, turn: int = 0, row: Refund | None = None
) -> str:
    """Fold a refund's news, from a notice or a query; answers moved, moving, known, mismatch or unknown."""
    try:
        row = row or refunds.find(news.number)
    except RefundUnknown:
        return _put(exceptions.opening(
            "unknown_refund", provider, news.number, work.now, refund=news.number[:64], received=news.amount,
            provider_ref=news.provider_ref, evidence=news.evidence), work, "unknown")  # fmt: skip
    payment = attempts.find(row.payment)
    verdict = rules.fold_refund(row.state, Fen(int(row.amount)), news)
    trouble = "provider" if payment.provider != provider else verdict.trouble
    if trouble:
        return _put(exceptions.opening(
            f"refund_{trouble}", provider, payment.id, work.now, refund=row.id, expected=Fen(int(row.amount)),
            received=news.amount, provider_ref=news.provider_ref, evidence=news.evidence), work, "mismatch")  # fmt: skip
    if not verdict.action:
        return "known"

    work.add(refunds.outcome(row.id, verdict.action, news, work.now))
    _follow(verdict.action, row, payment, turn, work)
    try:
        work.commit()
    except Refused as refused:
        if all(isinstance(reason, RefundMoved) for reason in refused.reasons):
            return "known"
        raise
    return "moving" if verdict.action == "submit" else "moved"


def _follow(action: str, row: Refund, payment: Payment, turn: int, work: Work) -> None:
    """What a refund's move brings about elsewhere."""
    amount = Fen(int(row.amount))
    if action == "submit":
        work.publish(RefundQueryDue(row.id, turn + 1), at=rules.next_refund_query(work.now, turn))
    elif action == "succeed":
        book(row, payment, work)
    else:
        state = rules.REFUND.target(action)
        _, step = exceptions.opening(
            f"refund_{state}", payment.provider, payment.id, work.now, detail=str(millis(work.now)), refund=row.id,
            expected=amount,
        )  # fmt: skip
        work.add(step)
        work.publish(RefundFailed(row.id, payment.id, state))


def book(row: Refund, payment: Payment, work: Work) -> None:
    """The money went back: its payment and its order count it, and it is told."""
    amount = Fen(int(row.amount))
    order = orders.find(payment.order_id)
    work.add(attempts.give_back(payment.id, amount))
    if order.payment == payment.id:
        work.add(*_booked(order, amount, work))
    work.publish(RefundSucceeded(row.id, payment.id, payment.order_id, int(amount)))


def _booked(order: Order, amount: Fen, work: Work) -> list[Step]:
    """The order's own count of what went back; a paid order whose last fen went back is annulled and frees its stock."""
    gone = Fen(int(order.refunded or 0))
    if gone + amount < order.payable or order.state not in ORDER.sources("annul"):
        return [orders.refund(order.id, amount, gone)]
    work.publish(OrderAnnulled(order.id))
    step = orders.refund_last(order.id, amount, gone)
    return [step, *inventory.release(order.held)]


def _put(opened: tuple[str, Step], work: Work, told: str) -> str:
    exceptions.put(opened[1], work.apart())
    return told
