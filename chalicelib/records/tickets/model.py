"""The table `tickets`, single-table style. `Binary` here means a sealed text or a wrapped key.

Hash: a ticket's id (range: `ticket`, and `t#0001` a turn), `agents` (range: who), or a customer's id (range:
`right#<order>#<line>`). Only tickets themselves stand in the indexes.
"""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

TICKET_PART, TURN, AGENTS, RIGHT = "ticket", "t#", "agents", "right#"
BY_CUSTOMER, BY_STATE, BY_DESK = "by_customer", "by_state", "by_desk"
COMMON = "common"  # the desk of what nobody has taken yet


class Ticket(Table):
    """One matter. It is sealed under a key of its own, which goes with it. `turns` counts what was said; while it is open,
    `asked` is the turn that waits for an answer until `sort`; `breached` the last such turn that was answered too late."""

    class Meta:
        table_name = table_name("tickets")

    id = UnicodeAttribute(hash_key=True, attr_name="t")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    customer = UnicodeAttribute(attr_name="u")
    kind = UnicodeAttribute(attr_name="k")
    subject = UnicodeAttribute(attr_name="s", null=True)
    state = UnicodeAttribute(attr_name="z")
    desk = UnicodeAttribute(attr_name="w")  # `<who>#<state>`
    sort = InstantAttribute(attr_name="o")  # until when an answer is due, else when it was last moved
    assignee = UnicodeAttribute(attr_name="a", null=True)
    named = BooleanAttribute(attr_name="v", null=True)  # of a customer who has a named person
    key = BinaryAttribute(attr_name="y", legacy_encoding=False)
    turns = WholeAttribute(attr_name="n")
    asked = WholeAttribute(attr_name="q")
    breached = WholeAttribute(attr_name="b", null=True)
    breaches = WholeAttribute(attr_name="c", null=True)
    stars = WholeAttribute(attr_name="g", null=True)
    right = UnicodeAttribute(attr_name="x", null=True)
    opened_at = InstantAttribute(attr_name="d")

    @property
    def open(self) -> bool:
        return self.state == "open"


class TicketTurn(Table):
    """What one side said."""

    class Meta:
        table_name = table_name("tickets")

    id = UnicodeAttribute(hash_key=True, attr_name="t")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    side = UnicodeAttribute(attr_name="e")  # customer or shop
    by = UnicodeAttribute(attr_name="h")
    at = InstantAttribute(attr_name="d")
    text = BinaryAttribute(attr_name="m", legacy_encoding=False)

    @property
    def number(self) -> int:
        return int(self.part.removeprefix(TURN))


class TicketAgent(Table):
    """One of the shop's people at the desk; `named`: customers of high value are theirs. Away until an instant, if at all."""

    class Meta:
        table_name = table_name("tickets")

    group = UnicodeAttribute(hash_key=True, attr_name="t")
    id = UnicodeAttribute(range_key=True, attr_name="r")
    named = BooleanAttribute(attr_name="v")
    away_until = InstantAttribute(attr_name="l", null=True)


class ConsultationRight(Table):
    """So many consultations that an order line brought, until when. `ended_at`: the line was given back."""

    class Meta:
        table_name = table_name("tickets")

    person = UnicodeAttribute(hash_key=True, attr_name="t")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    product = UnicodeAttribute(attr_name="p", null=True)
    left = WholeAttribute(attr_name="f")
    granted = WholeAttribute(attr_name="i", null=True)
    ends_at = InstantAttribute(attr_name="j", null=True)
    ended_at = InstantAttribute(attr_name="l", null=True)

    @property
    def name(self) -> str:
        """The order and its line, as customers name the right."""
        return self.part.removeprefix(RIGHT)


def turn_part(number: int) -> str:
    return f"{TURN}{number:04d}"


def desk_of(assignee: str | None, state: str) -> str:
    return f"{assignee or COMMON}#{state}"


def right_part(order_id: str, line: int) -> str:
    return f"{RIGHT}{order_id}#{line:02d}"
