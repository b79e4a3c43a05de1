"""Tickets: asked, answered, reassigned, closed, rated; and what is answered too late.

Guarantees: what is said is sealed under the ticket's own key and opened for its customer and for whoever answers; no turn is
lost or said twice; a turn that is not answered in time is told of once, and not where it was answered just before.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import settings, table, vault
from chalicelib.runtime.work import Work

from .. import steps
from ..events import (
    TicketAnswerDue,
    TicketAnswered,
    TicketBreached,
    TicketClosed,
    TicketOpened,
    TicketReassigned,
    TicketReplied,
)
from ..events import TicketRated as Rated
from ..model import BY_CUSTOMER, BY_DESK, BY_STATE, TICKET_PART, TURN, TicketTurn, desk_of
from ..model import Ticket as Ticket  # what reads return
from ..rules import MOST_TURNS, OTHER, TICKET, TicketFull, TicketNotFound, person_of
from . import desk

ID = "T"
AT_ONCE = 80  # rows of one transaction
MINUTES = settings.declare("TICKET_MINUTES", "1440", "minutes in which a ticket is to be answered")
NAMED_MINUTES = settings.declare(
    "TICKET_NAMED_MINUTES", "240", "minutes in which a ticket of a customer of high value is to be answered"
)


class Asking(NamedTuple):
    """What a customer asks about: the kind, which order or product, whose it is, whether they are of high value, and the
    consultation that is used by it."""

    kind: str
    subject: str | None
    assignee: str | None
    named: bool
    right: str | None = None


class Utterance(NamedTuple):
    """A turn, opened: its number, whose side, who, when (its row) and what."""

    row: TicketTurn
    text: str


# ---- asking ---------------------------------------------------------------------------------------------------------
def open(asking: Asking, text: str, work: Work) -> Ticket:
    """A customer's new ticket. Raises VaultClosed."""
    return _open(asking, work.caller.id, "", text, work)


def approach(customer: str, text: str, by: str, work: Work, *, named: bool = False) -> Ticket:
    """A ticket that the shop opens for somebody, whom its people are to see to, or the named person who is there; `by` says what
    opened it. Raises VaultClosed."""
    assignee = person_of(customer, desk.seats(), work.now) if named else None
    return _open(Asking(OTHER, None, assignee, named), customer, by, text, work)


def _open(asking: Asking, customer: str, by: str, text: str, work: Work) -> Ticket:
    ticket_id = work.new_id(ID)
    key, due = vault.new_key(ticket_id), work.now + _time(named=asking.named)
    row = Ticket(
        ticket_id,
        TICKET_PART,
        customer=customer,
        kind=asking.kind,
        subject=asking.subject,
        state=TICKET.initial,
        desk=desk_of(asking.assignee, TICKET.initial),
        sort=due,
        assignee=asking.assignee,
        named=asking.named or None,
        key=key,
        turns=1,
        asked=1,
        right=asking.right,
        opened_at=work.now,
    )

    work.add(*steps.open(row, _sealed(row, 1, text), by))
    work.publish(TicketOpened(ticket_id, row.customer, row.kind))
    work.publish(TicketAnswerDue(ticket_id, 1), at=due)
    return row


def reply(row: Ticket, assignee: str | None, text: str, work: Work) -> None:
    """The customer says more, to whose it is now. Raises TicketFull, VaultClosed; its refusals: TicketStateConflict,
    TicketMoved."""
    number, due = _next(row), work.now + _time(named=bool(row.named))

    work.add(*steps.reply(row, _sealed(row, number, text), work.now, assignee, due))
    work.publish(TicketReplied(row.id, row.customer, number))
    if not row.open:
        work.publish(TicketAnswerDue(row.id, number), at=due)
    _tell_whose(row, assignee, work)


def answer(row: Ticket, text: str, work: Work) -> None:
    """The shop answers. Raises TicketFull, VaultClosed; its refusals: TicketStateConflict, TicketMoved."""
    number = _next(row)

    work.add(*steps.answer(row, _sealed(row, number, text), work.caller.id, work.now))
    work.publish(TicketAnswered(row.id, row.customer, number))


def reassign(row: Ticket, assignee: str | None, work: Work) -> None:
    """Another's to answer. Its refusals: TicketNotFound, TicketMoved."""
    work.add(steps.reassign(row, assignee))
    _tell_whose(row, assignee, work)


def close(row: Ticket, by: str, work: Work) -> None:
    """It is done. Its refusals: TicketStateConflict, TicketMoved."""
    work.add(steps.close(row, work.now))
    work.publish(TicketClosed(row.id, row.customer, by))


def rate(row: Ticket, stars: int, work: Work) -> None:
    """How the customer was served. Its refusals: TicketStateConflict, TicketRated."""
    work.add(steps.rate(row, stars))
    work.publish(Rated(row.id, stars))


def breach(ticket_id: str, turn: int, work: Work) -> None:
    """The time to answer a turn ran out, if it still waits. Its refusal: TicketMoved, where it was answered just now."""
    row = table.get(Ticket, ticket_id, TICKET_PART, consistent=True)
    if row is not None and row.open and row.asked == turn and (row.breached or 0) < turn:
        work.add(steps.breach(row))
        work.publish(TicketBreached(ticket_id, turn, row.assignee or ""))


def _tell_whose(row: Ticket, assignee: str | None, work: Work) -> None:
    if assignee != row.assignee:
        work.publish(TicketReassigned(row.id, row.assignee or "", assignee or ""))


def _time(*, named: bool) -> timedelta:
    return timedelta(minutes=settings.number(NAMED_MINUTES if named else MINUTES))


def _next(row: Ticket) -> int:
    if row.turns >= MOST_TURNS:
        raise TicketFull(most=MOST_TURNS)
    return row.turns + 1


# ---- reading --------------------------------------------------------------------------------------------------------
def find(ticket_id: str) -> Ticket:
    """Raises TicketNotFound."""
    row = table.get(Ticket, ticket_id, TICKET_PART, consistent=True) if is_id(ticket_id, ID) else None
    if row is None:
        raise TicketNotFound()
    return row


def answered(ticket_id: str, turn: int) -> bool:
    """Whether this turn of the shop's is the last that was said."""
    row = table.get(Ticket, ticket_id, TICKET_PART, consistent=True)
    return row is not None and row.state == "answered" and row.turns == turn


def own(ticket_id: str, customer: str) -> Ticket:
    """The customer's own; another's is not there. Raises TicketNotFound."""
    row = find(ticket_id)
    if row.customer != customer:
        raise TicketNotFound()
    return row


def of_customer(customer: str, limit: int, cursor: str | None) -> tuple[list[Ticket], str | None]:
    """A page of a customer's tickets, newest first."""
    return table.listed(
        Ticket, customer, index=BY_CUSTOMER, hash_name="u", limit=limit, cursor=cursor, newest_first=True
    )


def queue(state: str, desk: str, kind: str, limit: int, cursor: str | None) -> tuple[list[Ticket], str | None]:
    """A page of the tickets in a state, of one desk or all; those that are due first come first, the last that were moved
    where nothing is due. Of one kind only, a page may be short and still have a next one."""
    asked, index, name = (f"{desk}#{state}", BY_DESK, "w") if desk else (state, BY_STATE, "z")
    newest = state != TICKET.initial
    rows, more = table.listed(
        Ticket, asked, index=index, hash_name=name, limit=limit, cursor=cursor, newest_first=newest
    )
    return [row for row in rows if kind in ("", row.kind)], more


def conversation(row: Ticket) -> list[Utterance]:
    """What was said, oldest first. Raises SealedDataUnreadable, VaultClosed."""
    turns = table.every(TicketTurn, row.id, begins=("r", TURN), consistent=True)
    return [Utterance(one, vault.unseal(row.id, row.key, one.text, _place(row.id, one.number))) for one in turns]


def _sealed(row: Ticket, number: int, text: str) -> bytes:
    return vault.seal(row.id, row.key, text, _place(row.id, number))


def _place(ticket_id: str, number: int) -> str:
    return f"tickets|{ticket_id}|{number}"


# ---- a person's own data --------------------------------------------------------------------------------------------
def every(customer: str) -> list[Ticket]:
    """All of a customer's tickets."""
    found: list[Ticket] = []
    cursor: str | None = None
    while True:
        rows, cursor = of_customer(customer, AT_ONCE, cursor)
        found += rows
        if cursor is None:
            return found


def forget(customer: str, work: Work) -> None:
    """Leave nothing of a customer's tickets: their keys go, and with them all that was said. Commits in stretches."""
    for row in every(customer):
        work.drop_all(Ticket, row.id)
