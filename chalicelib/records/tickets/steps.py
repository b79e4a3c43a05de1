"""The lines of transactions that change tickets, the desk and consultations."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Action, Condition, Otherwise, Step, insert, put, update

from .model import (
    AGENTS,
    TICKET_PART,
    ConsultationRight,
    Ticket,
    TicketAgent,
    TicketTurn,
    desk_of,
    right_part,
    turn_part,
)
from .rules import (
    CUSTOMER,
    SHOP,
    TICKET,
    ConsultationMoved,
    ConsultationNotFound,
    ConsultationOver,
    TicketMoved,
    TicketNotFound,
    TicketRated,
)

Right = ConsultationRight


# ---- tickets --------------------------------------------------------------------------------------------------------
def open(row: Ticket, text: bytes, by: str = "") -> list[Step]:
    """A new ticket with its first turn, of its customer, or of the shop's `by`."""
    side = SHOP if by else CUSTOMER
    return [insert(row, TicketMoved()), _said(row.id, 1, side, by or row.customer, row.opened_at, text)]


def reply(row: Ticket, text: bytes, now: datetime, assignee: str | None, due: datetime) -> list[Step]:
    """The customer says more; what waits for an answer already waits no longer for that."""
    number = row.turns + 1
    waits = [] if row.open else [Ticket.asked.set(number)]
    moved = _moved(row, "reply", assignee, row.sort if row.open else due, Ticket.turns.set(number), *waits)
    return [moved, _said(row.id, number, CUSTOMER, row.customer, now, text)]


def answer(row: Ticket, text: bytes, by: str, now: datetime) -> list[Step]:
    """The shop answers; a ticket of nobody's is theirs from then on."""
    number = row.turns + 1
    moved = _moved(row, "answer", row.assignee or by, now, Ticket.turns.set(number))
    return [moved, _said(row.id, number, SHOP, by, now, text)]


def reassign(row: Ticket, assignee: str | None) -> Step:
    """Another's to answer, by the same time."""
    return _changed(row, *_at(row.state, assignee), when=Ticket.state == row.state)


def close(row: Ticket, now: datetime) -> Step:
    """It is done."""
    return _moved(row, "close", row.assignee, now)


def rate(row: Ticket, stars: int) -> Step:
    """How its customer was served, said once."""
    return update(
        Ticket,
        row.id,
        TICKET_PART,
        actions=[Ticket.stars.set(stars)],
        when=Ticket.state.is_in(*TICKET.sources("rate")) & Ticket.stars.does_not_exist(),
        otherwise=_unrated,
    )


def _unrated(old: Ticket | None) -> Refusal:
    if old is not None and old.stars is not None:
        return TicketRated()
    return TICKET.refusal(old)


def breach(row: Ticket) -> Step:
    """The turn that waits was not answered in time; told once, and not where it is answered meanwhile."""
    late = Ticket.breached.does_not_exist() | (Ticket.breached < row.asked)
    return update(
        Ticket,
        row.id,
        TICKET_PART,
        actions=[Ticket.breached.set(row.asked), Ticket.breaches.add(1)],
        when=(Ticket.state == "open") & (Ticket.asked == row.asked) & late,
        otherwise=TicketMoved(),
    )


def _moved(row: Ticket, action: str, assignee: str | None, sort: datetime, *changes: Action) -> Step:
    """Along an edge of its states, as it was read."""
    state = TICKET.target(action)
    done = [Ticket.state.set(state), Ticket.sort.set(sort), *_at(state, assignee), *changes]
    return _changed(row, *done, when=Ticket.state.is_in(*TICKET.sources(action)), otherwise=TICKET.refusal)


def _changed(row: Ticket, *changes: Action, when: Condition, otherwise: Otherwise | None = None) -> Step:
    def why(old: Ticket | None) -> Refusal:
        same = old is not None and old.turns == row.turns
        refusal = otherwise(old) if same and callable(otherwise) else TicketMoved()
        return refusal if old is not None else TicketNotFound()

    return update(
        Ticket, row.id, TICKET_PART, actions=list(changes), when=when & (Ticket.turns == row.turns), otherwise=why
    )


def _at(state: str, assignee: str | None) -> list[Action]:
    whose = Ticket.assignee.set(assignee) if assignee is not None else Ticket.assignee.remove()
    return [Ticket.desk.set(desk_of(assignee, state)), whose]


def _said(ticket_id: str, number: int, side: str, by: str, at: datetime, text: bytes) -> Step:
    row = TicketTurn(ticket_id, turn_part(number), side=side, by=by, at=at, text=text)
    return put(row)  # the ticket's own condition says that nobody else said the same turn


# ---- the desk -------------------------------------------------------------------------------------------------------
def seat(agent: str, *, named: bool, away_until: datetime | None) -> Step:
    """Somebody sits at the desk."""
    return put(TicketAgent(AGENTS, agent, named=named, away_until=away_until))


# ---- consultations --------------------------------------------------------------------------------------------------
def grant(person: str, order_id: str, line: int, product: str, count: int, ends_at: datetime) -> Step:
    """An order line brings so many consultations, once; not where it was given back meanwhile."""
    row = Right(person, right_part(order_id, line), product=product, left=count, granted=count, ends_at=ends_at)
    return insert(row, ConsultationMoved())


def consume(row: ConsultationRight, now: datetime) -> Step:
    """One consultation less of what is left, before its end."""
    return update(
        Right,
        row.person,
        row.part,
        actions=[Right.left.add(-1)],
        when=(Right.left > 0) & (Right.ends_at > now) & Right.ended_at.does_not_exist(),
        otherwise=lambda old: ConsultationNotFound() if old is None else ConsultationOver(),
    )


def end(person: str, order_id: str, line: int, now: datetime) -> Step:
    """What is left of a line's consultations ends with it; where none was granted yet, none will be."""
    return update(
        Right,
        person,
        right_part(order_id, line),
        actions=[Right.left.set(0), Right.ended_at.set(now)],
        when=Right.ended_at.does_not_exist(),
        otherwise=ConsultationMoved(),
    )
