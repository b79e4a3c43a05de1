"""The table `replenishment`: what each shelf sold in a day, what follows from it, and how a person wants it supplied; the table
`seasons`: what is planned of a season, and how it goes."""

from __future__ import annotations

from zlib import crc32

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

SHELF = "shelf"  # the range of a shelf's own row
SHARDS = 16  # in which all shelves are found again, without a scan


class _Kept(Table):
    class Meta:
        table_name = table_name("replenishment")

    place = UnicodeAttribute(hash_key=True, attr_name="s")
    part = UnicodeAttribute(range_key=True, attr_name="b")


class ShelfRow(_Kept):
    """A SKU at a location. `weeks`: what it sold, week by week, before `until` (a Monday), `-` for one that says nothing.

    Forecast and its variance in thousandths of a piece. `level` is set while it is not fine; `told` what was told last of it.
    """

    class Meta:
        table_name = table_name("replenishment")

    shard = UnicodeAttribute(attr_name="z", null=True)
    weeks = UnicodeAttribute(attr_name="w", null=True)
    until = UnicodeAttribute(attr_name="u", null=True)
    mean = WholeAttribute(attr_name="m", null=True)
    variance = WholeAttribute(attr_name="q", null=True)
    reorder_point = WholeAttribute(attr_name="r", null=True)
    safety = WholeAttribute(attr_name="y", null=True)
    order_up_to = WholeAttribute(attr_name="o", null=True)
    available = WholeAttribute(attr_name="a", null=True)
    level = UnicodeAttribute(attr_name="v", null=True)
    told = UnicodeAttribute(attr_name="t", null=True)
    told_at = InstantAttribute(attr_name="i", null=True)
    seen_at = InstantAttribute(attr_name="k", null=True)
    terms = UnicodeAttribute(attr_name="x", null=True)
    version = WholeAttribute(attr_name="n", null=True)


class DaySold(_Kept):
    """What a shelf sold on a day of the shop's, and whether that day began without stock. Range `d#2026-06-01`."""

    class Meta:
        table_name = table_name("replenishment")

    pieces = WholeAttribute(attr_name="p", null=True)
    lost = BooleanAttribute(attr_name="l", null=True)


def shard_of(place: str) -> str:
    """In which part of all shelves a shelf is found."""
    return f"{crc32(place.encode()) % SHARDS:02d}"


def day_part(day: str) -> str:
    """The range of a day."""
    return f"d#{day}"


class SeasonRow(Table):
    """A season plan. `expected`: pieces of each week; `tasks` and, from its end on, `prices` (SKU -> fen) as JSON; `weeks_over`
    of its weeks are counted, in which `sold` pieces sold; `step` of clearing is next."""

    class Meta:
        table_name = table_name("seasons")

    id = UnicodeAttribute(hash_key=True, attr_name="i")
    state = UnicodeAttribute(attr_name="s", null=True)
    name = UnicodeAttribute(attr_name="n", null=True)
    skus = UnicodeAttribute(attr_name="k", null=True)
    location = UnicodeAttribute(attr_name="l", null=True)
    starts = UnicodeAttribute(attr_name="a", null=True)
    ends = UnicodeAttribute(attr_name="b", null=True)
    expected = UnicodeAttribute(attr_name="e", null=True)
    to_buy = WholeAttribute(attr_name="y", null=True)
    tasks = UnicodeAttribute(attr_name="t", null=True)
    weeks_over = WholeAttribute(attr_name="w", null=True)
    sold = WholeAttribute(attr_name="d", null=True)
    strays = UnicodeAttribute(attr_name="v", null=True)
    prices = UnicodeAttribute(attr_name="p", null=True)
    step = WholeAttribute(attr_name="x", null=True)
    owner = UnicodeAttribute(attr_name="o", null=True)
    made_at = InstantAttribute(attr_name="m", null=True)
    version = WholeAttribute(attr_name="z", null=True)
