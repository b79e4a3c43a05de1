"""The table `holds`: one row a customer, while they hold something unpaid or lately did."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import size

from chalicelib.runtime.table import Condition, Table, table_name


class Holding(Table):
    """`open`: `order:pieces` of orders that were unpaid when last looked at. Instants in epoch ms, `expires` in seconds."""

    class Meta:
        table_name = table_name("holds")

    customer = UnicodeAttribute(hash_key=True, attr_name="u")
    open = UnicodeSetAttribute(attr_name="o", null=True)
    pieces = NumberAttribute(attr_name="p", null=True)
    strikes = NumberAttribute(attr_name="s", null=True)
    struck_at = NumberAttribute(attr_name="t", null=True)
    paused_until = NumberAttribute(attr_name="z", null=True)
    expires = NumberAttribute(attr_name="x", null=True)


def fewer(most: int) -> Condition:
    """The condition that fewer orders than so many are open."""
    room: Condition = size(Holding.open) < most  # type: ignore[no-untyped-call]  # PynamoDB leaves it untyped
    either: Condition = Holding.open.does_not_exist() | room
    return either
