"""The table `stock`: buckets of a SKU at a location, of which the first carries what is on hand, and its ledger.

Only the *sum* of held over a SKU's buckets has meaning, so give-backs may go to any bucket.
"""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

from .rules import LOCATION

FIRST = "b0"  # the bucket that carries what is on hand


class Stock(Table):
    """One bucket: what is available, what unpaid and unshipped orders hold. Range `b0`, `b1`, …

    The first bucket also says what lies there in all: on hand = available + held, over all buckets.
    """

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    available = WholeAttribute(attr_name="a", null=True)
    held = WholeAttribute(attr_name="h", null=True)
    buckets = WholeAttribute(attr_name="n", null=True)
    closed = UnicodeAttribute(attr_name="c", null=True)
    on_hand = WholeAttribute(attr_name="o", null=True)
    first = WholeAttribute(attr_name="f", null=True)  # what was received first; its ledger begins with it


class Movement(Table):
    """A line of the ledger: a change of what is on hand, why and by whom; kept for good. Range `m#<id>`.

    What is sent, and what comes back of that, has its line in its parcel.
    """

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
