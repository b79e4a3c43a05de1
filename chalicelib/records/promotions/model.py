"""The tables `offers`, single-table style, and `promotion_counters`.

Hash of `offers`: an offer's id, `active` (the snapshot that every process remembers) or `sku#<id>` (which offers touched its
price).
Range: `head`, `v#000001` (immutable versions), `p00` (parts of the snapshot), `<from>#<offer>#<version>`.
"""

from __future__ import annotations

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

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
    """A version of an offer that makes pieces of a SKU cheaper, from when until when at the latest."""

    class Meta:
        table_name = table_name("offers")

    sku = UnicodeAttribute(hash_key=True, attr_name="i")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    offer = UnicodeAttribute(attr_name="o")
    edit = WholeAttribute(attr_name="v")
    begins = InstantAttribute(attr_name="f")
    ends = InstantAttribute(attr_name="b", null=True)


class PromotionCounter(Table):
    """How often an offer was used, within one shard of one limit; `expires` in epoch s, of a day's."""

    class Meta:
        table_name = table_name("promotion_counters")

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    used = WholeAttribute(attr_name="n")
    expires = WholeAttribute(attr_name="x", null=True)


def shard_key(key: str, shard: int) -> str:
    """The hash key of a limit's shard."""
    return f"{key}@{shard}"


def version_part(version: int) -> str:
    return f"v#{version:06d}"


def active_part(number: int) -> str:
    return f"p{number:02d}"


def deals_of(sku: str) -> str:
    """The hash key of the offers that touched a SKU's price."""
    return f"sku#{sku}"
