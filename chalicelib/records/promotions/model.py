"""The table `offers`, single-table style.

Hash: an offer's id, `active` (the snapshot that every process remembers) or `sku#<id>` (what offers made of its price).
Range: `head`, `v#000001` (immutable versions), `p00` (parts of the snapshot), `<from>#<offer>#<version>`.
"""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, MoneyAttribute, Table, WholeAttribute, table_name

HEAD, ACTIVE, BY_STATE = "head", "active", "by_state"


class OfferHead(Table):
    """Where an offer is. `version` is its latest, `live` the published one, which began and ends when it says here."""

    class Meta:
        table_name = table_name("offers")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    state = UnicodeAttribute(attr_name="s")
    version = WholeAttribute(attr_name="v")
    live = WholeAttribute(attr_name="w", null=True)
    lane = UnicodeAttribute(attr_name="l")
    kind = UnicodeAttribute(attr_name="k")
    name_zh = UnicodeAttribute(attr_name="z")
    name_en = UnicodeAttribute(attr_name="e")
    began = InstantAttribute(attr_name="g", null=True)
    ends = InstantAttribute(attr_name="b", null=True)
    reason = UnicodeAttribute(attr_name="y", null=True)  # why it was killed
    edited = InstantAttribute(attr_name="t")


class OfferVersion(Table):
    """What an offer says, for good: a JSON document that pricing understands."""

    class Meta:
        table_name = table_name("offers")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    content = UnicodeAttribute(attr_name="c")
    actor = UnicodeAttribute(attr_name="u")
    at = InstantAttribute(attr_name="t")


class ActiveHead(Table):
    """What tells of the snapshot whether it changed; `killed` names the offers that were, as JSON {id: epoch ms}."""

    class Meta:
        table_name = table_name("offers")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")
    parts = WholeAttribute(attr_name="n")
    killed = UnicodeAttribute(attr_name="x")


class ActivePart(Table):
    """A stretch of the snapshot's packed JSON; it belongs to the head of the same version."""

    class Meta:
        table_name = table_name("offers")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")
    content = BinaryAttribute(attr_name="c", legacy_encoding=False)


class OfferDeal(Table):
    """What an offer makes a piece of a SKU cost, from when until when at the latest."""

    class Meta:
        table_name = table_name("offers")

    sku = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    offer = UnicodeAttribute(attr_name="o")
    price = MoneyAttribute(attr_name="a")
    begins = InstantAttribute(attr_name="f")
    ends = InstantAttribute(attr_name="b", null=True)


def version_part(version: int) -> str:
    return f"v#{version:06d}"


def active_part(number: int) -> str:
    return f"p{number:02d}"


def deals_of(sku: str) -> str:
    """The hash key of what offers made of a SKU's price."""
    return f"sku#{sku}"
