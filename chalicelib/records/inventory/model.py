"""The table `stock`: buckets of a SKU at a location, and its level.

Only the *sum* of held over a SKU's buckets has meaning, so give-backs may go to any bucket.
"""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

from .rules import LOCATION

LEVEL = "level"  # the range key of what is on hand


class Stock(Table):
    """One bucket: what is available, what unpaid and unshipped orders hold. Range `b0`, `b1`, …"""

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    available = WholeAttribute(attr_name="a", null=True)
    held = WholeAttribute(attr_name="h", null=True)
    buckets = WholeAttribute(attr_name="n", null=True)
    closed = UnicodeAttribute(attr_name="c", null=True)


class OnHand(Table):
    """What lies in the warehouse: on hand = available + held, over all buckets. Range `level`."""

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    on_hand = WholeAttribute(attr_name="o", null=True)


class Movement(Table):
    """One change of on-hand stock with its reason; kept for good. Range `m#<id>`."""

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    delta = WholeAttribute(attr_name="d")
    reason = UnicodeAttribute(attr_name="w")
    actor = UnicodeAttribute(attr_name="u")
    at = InstantAttribute(attr_name="t")
    agreed = BooleanAttribute(attr_name="y", null=True)  # by a second person


def place_of(sku: str, location: str = LOCATION) -> str:
    """The hash key of a SKU at a location."""
    return f"{sku}@{location}"


def sku_of(place: str) -> str:
    """The SKU of a hash key."""
    return place.split("@")[0]


def bucket_part(bucket: int) -> str:
    """The range key of a bucket."""
    return f"b{bucket}"
