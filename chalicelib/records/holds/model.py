"""The table `holds`: a row a customer, and a row a network with new accounts, while they hold something unpaid or lately did."""

from __future__ import annotations

from typing import NamedTuple

from pynamodb.attributes import UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from chalicelib.runtime.table import Condition, InstantAttribute, Table, WholeAttribute, table_name

NETWORK = "net."  # how the row of a network begins


class Holding(Table):
    """`open`: the orders that were unpaid when last looked at, with their pieces. `expires` in epoch s."""

    class Meta:
        table_name = table_name("holds")

    holder = UnicodeAttribute(hash_key=True, attr_name="u")
    open = UnicodeSetAttribute(attr_name="o", null=True)
    pieces = WholeAttribute(attr_name="p", null=True)
    strikes = WholeAttribute(attr_name="s", null=True)
    struck_at = InstantAttribute(attr_name="t", null=True)
    paused_until = InstantAttribute(attr_name="z", null=True)
    expires = WholeAttribute(attr_name="x", null=True)


class Hold(NamedTuple):
    """One order that is counted: its pieces, and the row of the network that counts it too ("" for none)."""

    pieces: int
    network: str = ""


def member_of(order_id: str, hold: Hold) -> str:
    """A hold as a row keeps it: `order:pieces`, or `order:pieces:network`."""
    return ":".join([order_id, str(hold.pieces), *([hold.network] if hold.network else [])])


def held_by(row: Holding) -> dict[str, Hold]:
    """What a row counts, by order."""
    parts = [member.split(":") for member in row.open or ()]
    return {order: Hold(int(pieces), *network) for order, pieces, *network in parts}


def fewer(most: int) -> Condition:
    """The condition that fewer orders than so many are open."""
    room: Condition = size(Holding.open) < most  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    either: Condition = Holding.open.does_not_exist() | room
    return either
