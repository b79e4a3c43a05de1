"""What tickets tell: never what was said."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left

KEPT = Left("the ticket itself is kept, with each turn")


class TicketOpened(Fact, context="tickets", audit=KEPT):
    """A customer asks the shop's people something."""

    ticket_id: str
    customer: str
    kind: str


class TicketReplied(Fact, context="tickets", audit=KEPT):
    """The customer said something more; it is the `turn`-th."""

    ticket_id: str
    customer: str
    turn: int


class TicketAnswered(Fact, context="tickets", audit=Audit("shop", "ticket_id")):
    """Somebody of the shop answered; it is the `turn`-th."""

    ticket_id: str
    customer: str
    turn: int


class TicketReassigned(Fact, context="tickets", audit=Audit("shop", "ticket_id")):
    """A ticket is another's to answer; empty: nobody's."""

    ticket_id: str
    before: str
    after: str


class TicketClosed(Fact, context="tickets", audit=Audit("shop", "ticket_id", only={"by": "shop"})):
    """A ticket is done; `by` is customer or shop."""

    ticket_id: str
    customer: str
    by: str


class TicketRated(Fact, context="tickets", audit=KEPT):
    """The customer says how they were served, in stars."""

    ticket_id: str
    stars: int


class TicketAnswerDue(Fact, context="tickets", audit=REMINDER):
    """For later: this turn is to be answered by now."""

    ticket_id: str
    turn: int


class TicketBreached(Fact, context="tickets", audit=Audit("shop", "ticket_id")):
    """A turn was not answered in time, by whose it was (empty: nobody's)."""

    ticket_id: str
    turn: int
    assignee: str


class TicketAgentSet(Fact, context="tickets", audit=Audit("shop", "agent")):
    """Somebody sits at the desk, is named for customers of high value or not, and away until an instant (epoch ms; 0: there)."""

    agent: str
    named: bool
    away_until: int


class ConsultationGranted(Fact, context="tickets", audit=Left("the right itself is kept")):
    """A paid order line brought so many consultations."""

    person: str
    order_id: str
    line: int
    count: int


class ConsultationEnded(Fact, context="tickets", audit=Left("follows from the refund")):
    """What was left of an order line's consultations ended with its refund."""

    person: str
    order_id: str
    line: int
