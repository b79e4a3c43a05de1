"""Opening tickets and finding who answers them.

Guarantees: a ticket is about the customer's own order or a product that there is; a consultation is used in the transaction
that opens its ticket; a customer of high value keeps one named person, and another while that one is away.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.kernel.permits import permits
from chalicelib.records.catalog import service as catalog
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.staff.service import disclosures
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.service import Order
from chalicelib.records.tickets import rules
from chalicelib.records.tickets.rules import CONSULTATION, ORDER, PRODUCT, TicketAgentUnfit, TicketSubjectWrong
from chalicelib.records.tickets.service import consultations, desk, matters
from chalicelib.records.tickets.service.matters import Asking, Ticket, Utterance
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

ANSWER = "tickets:answer"  # the permit
LOOKED_AT = 2  # times as many of somebody's newest orders as make them valued
MOST = 100  # orders read at once
YEAR = timedelta(days=365)
HIGH_FEN = settings.declare(
    "HIGH_VALUE_FEN", "500000", "fen paid within a year from which a customer has a named person"
)
HIGH_ORDERS = settings.declare(
    "HIGH_VALUE_ORDERS", "12", "paid orders within a year from which a customer has a named person", least=1
)


class Question(NamedTuple):
    """What a customer asks about, as they name it."""

    kind: str
    order_id: str | None
    product_id: str | None
    right: str | None
    text: str


# ---- customers ------------------------------------------------------------------------------------------------------
def ask(question: Question, work: Work) -> Ticket:
    """Open a ticket. Raises TicketSubjectWrong, OrderNotFound, ProductNotFound, ConsultationNotFound, VaultClosed; its refusal:
    ConsultationOver."""
    customer = work.caller.id
    subject = _subject(question, customer)
    right = None
    if question.kind == CONSULTATION:
        right = consultations.consume(customer, question.right, work)
        subject = right.product
    named = valued(customer, work.now)
    assignee = rules.person_of(customer, desk.seats(), work.now) if named else None
    asking = Asking(question.kind, subject, assignee, named, right.name if right is not None else None)
    return matters.open(asking, question.text, work)


def reply(ticket_id: str, text: str, work: Work) -> None:
    """Say more, to whoever is there. Raises TicketNotFound, TicketFull, VaultClosed; its refusals: TicketStateConflict,
    TicketMoved."""
    row = matters.own(ticket_id, work.caller.id)
    matters.reply(row, _whose(row, work.now), text, work)


def _subject(question: Question, customer: str) -> str | None:
    """What it is about. Raises TicketSubjectWrong, OrderNotFound, ProductNotFound."""
    named = {ORDER: question.order_id, PRODUCT: question.product_id}
    wanted = {question.kind} & set(named)
    if {kind for kind, told in named.items() if told is not None} != wanted:
        raise TicketSubjectWrong()
    if question.right is not None and question.kind != CONSULTATION:
        raise TicketSubjectWrong()
    if question.kind == ORDER:
        return str(orders.own(question.order_id or "", customer).id)
    if question.kind == PRODUCT:
        return catalog.find_product(question.product_id or "").product.id
    return None


def _whose(row: Ticket, now: datetime) -> str | None:
    """Whose a ticket is now: who has it, or another while they are away."""
    seats = desk.seats()
    if all(seat.id != row.assignee or not seat.away(now) for seat in seats):
        return row.assignee
    return rules.person_of(row.customer, seats, now) if row.named else None


def valued(customer: str, now: datetime) -> bool:
    """Whether a customer is of high value by what they paid within a year, looking at their newest orders, a bounded number."""
    many = settings.number(HIGH_ORDERS)
    found, _ = orders.of_customer(customer, min(LOOKED_AT * many, MOST), None)
    paid = [_kept(order) for order in found if order.paid_at is not None and now - order.paid_at <= YEAR]
    return rules.valued(paid, fen=settings.number(HIGH_FEN), orders=many)


def _kept(order: Order) -> int:
    return int(order.payable or 0) - int(order.refunded or 0)


# ---- the shop's own people ------------------------------------------------------------------------------------------
def answer(ticket_id: str, text: str, work: Work) -> None:
    """Answer. Raises TicketNotFound, TicketFull, VaultClosed; its refusals: TicketStateConflict, TicketMoved."""
    matters.answer(matters.find(ticket_id), text, work)


def reassign(ticket_id: str, to: str | None, work: Work) -> None:
    """Have another answer it, or nobody yet. Raises TicketNotFound, UserNotFound, TicketAgentUnfit; its refusal: TicketMoved."""
    row = matters.find(ticket_id)
    if to is not None:
        _fit(to)
    matters.reassign(row, to, work)


def seat(agent: str, work: Work, *, named: bool, away_until: datetime | None) -> None:
    """Somebody sits at the desk. Raises UserNotFound, TicketAgentUnfit."""
    _fit(agent)
    desk.seat(agent, work, named=named, away_until=away_until)


def _fit(agent: str) -> None:
    row = accounts.get(agent)
    if row.state != "active" or ANSWER not in permits((row.roles or "").split()):
        raise TicketAgentUnfit()


def look(ticket_id: str) -> tuple[Ticket, list[Utterance]]:
    """A ticket and what was said, masked. Raises TicketNotFound, SealedDataUnreadable, VaultClosed."""
    row = matters.find(ticket_id)
    return row, [said._replace(text=rules.masked(said.text)) for said in matters.conversation(row)]


def disclose(ticket_id: str, reason: str, work: Work) -> list[Utterance]:
    """What was said, uncovered. Raises TicketNotFound, DisclosedTooOften, SealedDataUnreadable, VaultClosed."""
    row = matters.find(ticket_id)
    disclosures.tell(row.customer, reason, row.id, work)  # first told, then shown
    return matters.conversation(row)
