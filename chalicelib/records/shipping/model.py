"""The table `shipments`: parcels and their traces under their order, and what a waybill is bound to.

A parcel's `todo` is where the shop's people find it while something is to be done: waiting (no waybill yet), packed (not
fetched yet), moving. It has none when it has come to its end.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.kernel.clock import instant, millis
from chalicelib.runtime.table import InstantAttribute, Table, WholeAttribute, table_name

from .dispatches.rules import KeepBack, LineOut
from .rules import ENDED, Trace, number_of

LISTS = ("waiting", "packed", "moving")
LATE = "late"  # the list, and the range, of orders of which something is unsent too late
PARCELS, TRACES, PARKED = "p#", "t#", "u#"
BINDING = "b"
DISPATCH_PART = "w"


class Shipment(Table):
    """A parcel. Range `p#<which of its order's>`."""

    class Meta:
        table_name = table_name("shipments")

    order = UnicodeAttribute(hash_key=True, attr_name="o")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    todo = UnicodeAttribute(attr_name="z", null=True)
    created_at = InstantAttribute(attr_name="t", null=True)
    customer = UnicodeAttribute(attr_name="u", null=True)
    carrier = UnicodeAttribute(attr_name="c", null=True)
    company = UnicodeAttribute(attr_name="k", null=True)  # the carrier as an aggregator names it, of one bound by hand
    waybill = UnicodeAttribute(attr_name="w", null=True)
    sorting = UnicodeAttribute(attr_name="l", null=True)
    by_hand = BooleanAttribute(attr_name="y", null=True)  # its waybill was not booked by us
    shared = BooleanAttribute(attr_name="h", null=True)  # its waybill is another parcel's, too
    state = UnicodeAttribute(attr_name="s", null=True)
    packed_lines = UnicodeAttribute(attr_name="q", null=True)
    since = InstantAttribute(attr_name="i", null=True)
    picked_up_at = InstantAttribute(attr_name="f", null=True)
    delivered_at = InstantAttribute(attr_name="d", null=True)
    last_at = InstantAttribute(attr_name="x", null=True)
    heard = WholeAttribute(attr_name="n", null=True)  # traces so far: whoever folds more has seen these

    @property
    def n(self) -> int:
        """Which of its order's parcels it is."""
        return int(self.part.removeprefix(PARCELS))

    @property
    def number(self) -> str:
        """Our number of it, by which carriers know it."""
        return number_of(self.order, self.n)

    @property
    def lines(self) -> Sequence[tuple[int, int]]:
        """(line of the order, pieces)."""
        return [(line, pieces) for line, pieces in json.loads(self.packed_lines or "[]")]

    @property
    def pieces(self) -> int:
        return sum(pieces for _, pieces in self.lines)

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class WaybillBinding(Table):
    """The parcels that a waybill is bound to. Hash `w#<waybill>`, range `b`."""

    class Meta:
        table_name = table_name("shipments")

    order = UnicodeAttribute(hash_key=True, attr_name="o")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    packed_numbers = UnicodeAttribute(attr_name="b")

    @property
    def numbers(self) -> Sequence[str]:
        found: Sequence[str] = json.loads(self.packed_numbers)
        return found


class Dispatch(Table):
    """An order that a warehouse's system was told to pack. Range `w` under its order."""

    class Meta:
        table_name = table_name("shipments")

    order = UnicodeAttribute(hash_key=True, attr_name="o")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    todo = UnicodeAttribute(attr_name="z", null=True)  # the list in which it is found while something is to come
    created_at = InstantAttribute(attr_name="t", null=True)
    wms = UnicodeAttribute(attr_name="c", null=True)
    state = UnicodeAttribute(attr_name="s", null=True)
    packed_lines = UnicodeAttribute(attr_name="q", null=True)
    packed_wishes = UnicodeAttribute(attr_name="j", null=True)
    packed_notices = UnicodeAttribute(attr_name="v", null=True)  # what it told of having sent, each by its number
    acked_at = InstantAttribute(attr_name="i", null=True)
    code = UnicodeAttribute(attr_name="e", null=True)  # why it is not packed
    turns = WholeAttribute(attr_name="n", null=True)  # changes so far: whoever changes more has seen these

    @property
    def lines(self) -> tuple[LineOut, ...]:
        return tuple(LineOut(*row) for row in json.loads(self.packed_lines or "[]"))

    @property
    def wishes(self) -> tuple[KeepBack, ...]:
        """What it was asked to keep back."""
        rows = json.loads(self.packed_wishes or "[]")
        return tuple(KeepBack(refund, answer, tuple(map(tuple, pieces))) for refund, answer, pieces in rows)

    @property
    def notices(self) -> Sequence[str]:
        found: Sequence[str] = json.loads(self.packed_notices or "[]")
        return found

    def wish(self, refund: str) -> KeepBack | None:
        """What it was asked to keep back for a refund."""
        return next((one for one in self.wishes if one.refund == refund), None)


class WarehouseMark(Table):
    """How far a warehouse's system was listened to. Hash `wms#<its name>`, range what it tells of."""

    class Meta:
        table_name = table_name("shipments")

    wms = UnicodeAttribute(hash_key=True, attr_name="o")
    what = UnicodeAttribute(range_key=True, attr_name="r")
    settled = WholeAttribute(attr_name="n", null=True)  # heard so long ago that nothing before it comes late
    passed = WholeAttribute(attr_name="m", null=True)
    latest = WholeAttribute(attr_name="ql", null=True)
    turned = InstantAttribute(attr_name="i", null=True)


class PromiseDay(Table):
    """How many promises of a service were kept and broken on a day. Hash `promise#<20260601>`, range the service."""

    class Meta:
        table_name = table_name("shipments")

    day = UnicodeAttribute(hash_key=True, attr_name="o")
    service = UnicodeAttribute(range_key=True, attr_name="r")
    kept = WholeAttribute(attr_name="n", null=True)
    broken = WholeAttribute(attr_name="m", null=True)


class HeardTrace(Table):
    """A trace. Range `t#<parcel>#<waybill>#<key>#<source>` under its order; `u#<key>#<source>` under the waybill while that
    is nobody's."""

    class Meta:
        table_name = table_name("shipments")

    order = UnicodeAttribute(hash_key=True, attr_name="o")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    at = InstantAttribute(attr_name="a")
    status = UnicodeAttribute(attr_name="s")
    code = UnicodeAttribute(attr_name="c")
    words = UnicodeAttribute(attr_name="m")
    place = UnicodeAttribute(attr_name="g")
    key = UnicodeAttribute(attr_name="k")
    source = UnicodeAttribute(attr_name="v")
    proven = BooleanAttribute(attr_name="p")

    @property
    def trace(self) -> Trace:
        return Trace(self.at, self.status, self.code, self.words, self.place, self.key, self.source, bool(self.proven))  # type: ignore[arg-type]  # a status was one when it was written


def parcel_part(n: int) -> str:
    return f"{PARCELS}{n:02d}"


def traces_part(n: int, waybill: str) -> str:
    """How the ranges of a waybill's traces begin."""
    return f"{TRACES}{n:02d}#{waybill}#"


def promises_key(day: date) -> str:
    """The hash key of a day's promises."""
    return f"promise#{day:%Y%m%d}"


def warehouse_key(wms: str) -> str:
    """The hash key of how far a warehouse's system was listened to."""
    return f"wms#{wms}"


def waybill_key(waybill: str) -> str:
    """The hash key of what is known of a waybill."""
    return f"w#{waybill}"


def row_of(hash_key: str, prefix: str, trace: Trace) -> HeardTrace:
    """A trace as a row."""
    return HeardTrace(
        hash_key,
        f"{prefix}{trace.key}#{trace.source}",
        at=trace.at,
        status=trace.status,
        code=trace.code,
        words=trace.words,
        place=trace.place,
        key=trace.key,
        source=trace.source,
        proven=trace.proven,
    )


def packed(trace: Trace) -> list[Any]:
    """A trace as a fact carries it; `unpacked` is the reverse."""
    return [millis(trace.at), trace.status, trace.code, trace.words, trace.place, trace.key, trace.proven]


def unpacked(told: Sequence[Any], source: str) -> Trace:
    at, status, code, words, place, key, proven = told
    return Trace(instant(int(str(at))), status, str(code), str(words), str(place), str(key), source, bool(proven))
