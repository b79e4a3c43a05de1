"""The table `stock`: buckets of a SKU at a location, of which the first carries what is on hand, and its ledger; the table
`supply`: locations, and the sources that tell how much lies there.

Only the *sum* of held over a SKU's buckets has meaning, so give-backs may go to any bucket.
"""

from __future__ import annotations

from datetime import date

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, UnicodeSetAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

from .rules import LOCATION

FIRST = "b0"  # the bucket that carries what is on hand


class Stock(Table):
    """One bucket: what is available, what unpaid and unshipped orders hold. Range `b0`, `b1`, …

    The first bucket also says what lies there in all: on hand = available + held, over all buckets, and what is kept back,
    less what may be sold beyond it.
    """

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    available = WholeAttribute(attr_name="a", null=True)
    held = WholeAttribute(attr_name="h", null=True)
    buckets = WholeAttribute(attr_name="n", null=True)
    closed = UnicodeAttribute(attr_name="c", null=True)
    kept = WholeAttribute(attr_name="x", null=True)  # safety stock that is not sold, and in no bucket's available
    beyond = WholeAttribute(
        attr_name="r", null=True
    )  # pieces that may be sold beyond what lies there, and are in available
    due_at = InstantAttribute(attr_name="ra", null=True)  # until when such pieces are promised to be sent
    on_hand = WholeAttribute(attr_name="o", null=True)
    first = WholeAttribute(attr_name="f", null=True)  # what was received first; its ledger begins with it
    source = UnicodeAttribute(attr_name="i", null=True)  # who counts it, from its first count on
    seq = WholeAttribute(attr_name="q", null=True)  # the latest count that was taken
    tail = WholeAttribute(attr_name="l", null=True)  # the latest difference, where it is later than that count
    lacking = WholeAttribute(attr_name="z", null=True)  # by how much the feed is below nothing
    counted_at = InstantAttribute(attr_name="k", null=True)  # as of when it was counted
    sent = WholeAttribute(attr_name="g", null=True)  # pieces that left since `turned`
    sent_before = WholeAttribute(attr_name="p", null=True)  # and before that, not known to be in a count
    turned = InstantAttribute(attr_name="m", null=True)
    sent_at = InstantAttribute(attr_name="v", null=True)  # when pieces left last
    acked = WholeAttribute(attr_name="e", null=True)  # pieces that its warehouse has set aside for our orders
    acked_before = WholeAttribute(attr_name="d", null=True)  # those of them that were so when it was counted last
    acked_at = InstantAttribute(attr_name="t", null=True)  # when it was asked last to set pieces aside, and did
    elsewhere = UnicodeSetAttribute(attr_name="j", null=True)  # of the main one: the other locations with a shelf


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


class Waiting(Table):
    """How many pieces of a SKU an order holds whose customer was told to wait for them; gone with the last. Range `w#<order>`: in
    the order in which they were placed."""

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    held = WholeAttribute(attr_name="h", null=True)


class KnownDelta(Table):
    """A difference that was taken, so that it counts once: of which sequence, and how much. Range `d#<source>#<id>`."""

    class Meta:
        table_name = table_name("stock")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")
    delta = WholeAttribute(attr_name="d")
    seq = WholeAttribute(attr_name="q")


class _Supply(Table):
    class Meta:
        table_name = table_name("supply")

    kind = UnicodeAttribute(hash_key=True, attr_name="k")
    id = UnicodeAttribute(range_key=True, attr_name="r")


class Location(_Supply):
    """A place where goods lie. Hash `location`, range its code."""

    class Meta:
        table_name = table_name("supply")

    name = UnicodeAttribute(attr_name="n", null=True)
    form = UnicodeAttribute(attr_name="f", null=True)
    area = UnicodeAttribute(attr_name="a", null=True)
    priority = WholeAttribute(attr_name="p", null=True)
    active = BooleanAttribute(attr_name="y", null=True)
    sells = BooleanAttribute(attr_name="s", null=True)
    cutoff = UnicodeAttribute(attr_name="c", null=True)
    sender = UnicodeAttribute(attr_name="o", null=True)  # as JSON, the fields of SiteSender
    capacity = WholeAttribute(attr_name="d", null=True)  # paid orders of a day


class LocationDay(_Supply):
    """How many paid orders of a day are sent from a location. Hash `orders#<20260601>`, range `<location>#<shard>`."""

    class Meta:
        table_name = table_name("supply")

    orders = WholeAttribute(attr_name="n", null=True)


class StockSource(_Supply):
    """Who tells how much lies somewhere. Hash `source`, range its code. Its secret follows from the shop's keys and from which
    `generation` it is; the one before is good until `former_until`. Of one that skips no number, `high` is the highest that came,
    and `gaps` are those before it that did not."""

    class Meta:
        table_name = table_name("supply")

    name = UnicodeAttribute(attr_name="n", null=True)
    counts = UnicodeAttribute(attr_name="c", null=True)
    location = UnicodeAttribute(attr_name="l", null=True)
    lag_minutes = WholeAttribute(attr_name="g", null=True)
    guard_percent = WholeAttribute(attr_name="p", null=True)
    active = BooleanAttribute(attr_name="y", null=True)
    wms = UnicodeAttribute(attr_name="w", null=True)  # the system that packs what is sold there, where one does
    generation = WholeAttribute(attr_name="v", null=True)
    former_until = InstantAttribute(attr_name="u", null=True)
    last_at = InstantAttribute(attr_name="t", null=True)
    last_seq = WholeAttribute(attr_name="q", null=True)
    gapless = BooleanAttribute(attr_name="e", null=True)
    high = WholeAttribute(attr_name="h", null=True)
    gaps = UnicodeAttribute(attr_name="x", null=True)


class FeedFile(_Supply):
    """A file of a source and how far it is taken. Hash `file`, range its id.

    `total` rows in `parts`, of which `part` are behind in this state. Of those compared so far: `refused` rows, `known` ones and
    `fresh` ones; `stocked` shelves with `units` on them, of which so many are `down` by `less`; `missing` shelves were not
    listed. `taken`: shelves that were changed.
    """

    class Meta:
        table_name = table_name("supply")

    source = UnicodeAttribute(attr_name="o", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    terms = UnicodeAttribute(attr_name="e", null=True)
    begun_at = InstantAttribute(attr_name="b", null=True)
    begun_by = UnicodeAttribute(attr_name="h", null=True)
    problem = UnicodeAttribute(attr_name="w", null=True)
    total = WholeAttribute(attr_name="x", null=True)
    parts = WholeAttribute(attr_name="m", null=True)
    part = WholeAttribute(attr_name="i", null=True)
    refused = WholeAttribute(attr_name="fr", null=True)
    known = WholeAttribute(attr_name="fk", null=True)
    fresh = WholeAttribute(attr_name="fn", null=True)
    stocked = WholeAttribute(attr_name="fs", null=True)
    units = WholeAttribute(attr_name="fu", null=True)
    down = WholeAttribute(attr_name="fd", null=True)
    less = WholeAttribute(attr_name="fl", null=True)
    missing = WholeAttribute(attr_name="fm", null=True)
    taken = WholeAttribute(attr_name="ft", null=True)
    decided_by = UnicodeAttribute(attr_name="d", null=True)
    reason = UnicodeAttribute(attr_name="j", null=True)


LOCATIONS, SOURCES, FILES = "location", "source", "file"  # the hash keys of `supply`


def place_of(shelf: str, location: str = LOCATION) -> str:
    """The hash key of a SKU at a location, or of a shelf that is named whole: `SKU@location`."""
    return shelf if "@" in shelf else f"{shelf}@{location}"


def sku_of(place: str) -> str:
    """The SKU of a hash key, or of a shelf."""
    return place.split("@")[0]


def orders_key(day: date) -> str:
    """The hash key of how many orders of a day are sent from which location."""
    return f"orders#{day:%Y%m%d}"


def bucket_part(bucket: int) -> str:
    """The range key of a bucket."""
    return f"b{bucket}"


def waiting_part(order_id: str) -> str:
    """The range key of an order that waits."""
    return f"w#{order_id}"


def delta_part(source: str, name: str) -> str:
    """The range key of a source's difference."""
    return f"d#{source}#{name}"
