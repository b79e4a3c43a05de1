"""What is asked and answered at the helpdesk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.kernel.ids import ULID
from chalicelib.records.tickets.rules import CUSTOMER, KINDS, MOST_STARS, SHOP, STATES, Seat
from chalicelib.records.tickets.service.consultations import ConsultationRight
from chalicelib.records.tickets.service.matters import Ticket, Utterance
from chalicelib.runtime.http import Body, Instant, Personal, View
from chalicelib.runtime.http.kinds import EXACT, PROSE, OrderText
from chalicelib.runtime.http.shapes import Paging

from .service import Question

TicketKind = Literal[KINDS]  # type: ignore[valid-type]  # the words of the rules
TicketState = Literal[STATES]  # type: ignore[valid-type]  # the words of the rules
Text = Annotated[str, Field(min_length=1, max_length=1000, examples=["这款适合敏感肌吗？"]), PROSE]
StaffText = Annotated[str, Field(pattern=f"^A{ULID}$", examples=["A01JZ0000000000000000000000"]), EXACT]
ProductText = Annotated[str, Field(pattern=f"^P{ULID}$", examples=["P01JZ0000000000000000000000"]), EXACT]
RightText = Annotated[str, Field(pattern=f"^O{ULID}#[0-9]{{2}}$", examples=["O01JZ0000000000000000000000#00"]), EXACT]


class OpenTicket(Body):
    """What one asks: of kind order with the order, of product with the product; a consultation uses one that an order brought,
    a named one or what ends first."""

    kind: TicketKind
    order_id: OrderText | None = Field(default=None, examples=["O01JZ0000000000000000000000"])
    product_id: ProductText | None = None
    right: RightText | None = None
    text: Text

    def question(self) -> Question:
        return Question(self.kind, self.order_id, self.product_id, self.right, self.text)


class SayInTicket(Body):
    """What is said."""

    text: Text


class RateTicket(Body):
    """How one was served, in stars."""

    stars: int = Field(ge=1, le=MOST_STARS, examples=[5])


class ListTickets(Paging):
    """Which tickets: in a state, of one desk (somebody's, or `common`) or all, of one kind or all."""

    state: TicketState = "open"
    desk: Annotated[str, Field(pattern=f"^(common|A{ULID})?$"), EXACT] = ""
    kind: Literal[("", *KINDS)] = ""  # type: ignore[valid-type]  # the words of the rules


class ReassignTicket(Body):
    """Who is to answer; null: nobody yet."""

    to: StaffText | None


class SeatAgent(Body):
    """Whether customers of high value are theirs, and until when they are away."""

    named: bool
    away_until: datetime | None = Field(default=None, examples=["2026-06-02T00:00:00Z"])


class DiscloseTicket(Body):
    """Why what a customer wrote is read uncovered."""

    reason: Literal["delivery", "aftersale", "complaint", "correction", "authority"]


class TicketView(View):
    """A ticket as it stands. `due_at`: until when an answer is due, while one is."""

    ticket_id: str
    kind: TicketKind
    subject: str | None
    state: TicketState
    opened_at: Instant
    due_at: Instant | None
    turns: int
    stars: int | None


class TicketRow(TicketView):
    """The same for the shop's people: whose it is, and how often it was answered too late."""

    customer: str
    assignee: str | None
    named: bool
    breaches: int


class TurnView(View):
    """What one side said."""

    number: int
    side: Literal[(CUSTOMER, SHOP)]  # type: ignore[valid-type]  # the words of the rules
    at: Instant
    text: Personal


class TicketTalk(TicketView):
    """A ticket with what was said, oldest first."""

    talk: list[TurnView]


class TicketFile(TicketRow):
    """The same for the shop's people, masked."""

    talk: list[TurnView]


class UncoveredTicket(View):
    """What was said, in clear."""

    ticket_id: str
    talk: list[TurnView]


class ConsultationView(View):
    """What an order line brought: so many consultations are left, until when."""

    right: str
    product: str | None
    count: int
    left: int
    ends_at: Instant | None
    ended: bool


class ConsultationsView(View):
    """All consultations that one's orders brought."""

    items: list[ConsultationView]


class AgentView(View):
    """One of the people at the desk."""

    user_id: str
    named: bool
    away_until: Instant | None


class AgentsView(View):
    """All who sit at the desk."""

    items: list[AgentView]


def ticket_view(row: Ticket) -> TicketView:
    return TicketView(**_ticket(row))


def ticket_row(row: Ticket) -> TicketRow:
    return TicketRow(**_ticket(row), **_desk(row))


def ticket_talk(row: Ticket, talk: Sequence[Utterance]) -> TicketTalk:
    return TicketTalk(**_ticket(row), talk=_talk(talk))


def ticket_file(row: Ticket, talk: Sequence[Utterance]) -> TicketFile:
    return TicketFile(**_ticket(row), **_desk(row), talk=_talk(talk))


def uncovered_ticket(ticket_id: str, talk: Sequence[Utterance]) -> UncoveredTicket:
    return UncoveredTicket(ticket_id=ticket_id, talk=_talk(talk))


def _ticket(row: Ticket) -> dict[str, Any]:
    return {
        "ticket_id": row.id,
        "kind": row.kind,
        "subject": row.subject,
        "state": row.state,
        "opened_at": iso(row.opened_at),
        "due_at": iso(row.sort) if row.open else None,
        "turns": row.turns,
        "stars": row.stars,
    }


def _desk(row: Ticket) -> dict[str, Any]:
    return {
        "customer": row.customer,
        "assignee": row.assignee,
        "named": bool(row.named),
        "breaches": row.breaches or 0,
    }


def _talk(talk: Sequence[Utterance]) -> list[TurnView]:
    return [TurnView(number=one.row.number, side=one.row.side, at=iso(one.row.at), text=one.text) for one in talk]


def consultations_view(rows: Sequence[ConsultationRight]) -> ConsultationsView:
    return ConsultationsView(items=[_consultation(row) for row in rows if row.granted is not None])


def _consultation(row: ConsultationRight) -> ConsultationView:
    return ConsultationView(
        right=row.name,
        product=row.product,
        count=row.granted or 0,
        left=row.left,
        ends_at=iso_or_none(row.ends_at),
        ended=row.ended_at is not None,
    )


def agents_view(seats: Sequence[Seat]) -> AgentsView:
    return AgentsView(
        items=[AgentView(user_id=seat.id, named=seat.named, away_until=iso_or_none(seat.away_until)) for seat in seats]
    )
