"""A bill is what is bought and what it costs: a quote promises it, an order keeps it. Amounts are fen.

A line is known by its index, not by its SKU: a gift may lie beside a paid piece of the same. What is written is lists
whose empty ends are cut off, so that a later field breaks no token and no order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from .money import Fen, total
from .runs import Run, bearing, cut, merged, plain, spread

KINDS = BOUGHT, GIFT, COMPONENT, ADD_ON, SERVICE = "bought", "gift", "component", "add_on", "service"
MAIN = "MAIN"  # the location of everything that names none
POLICIES = PRORATE, KEEP_IF, RETURN_IF_ALL = "prorate", "keep_if_threshold_still_met", "return_if_all"
LANES = ("activity", "price", "shop", "campaign", "coupon", "points", "freight", "freight_coupon")  # in this order
ADJUSTMENT = "adjustment"  # the lane of what the shop took off an unpaid order
NO_LAYER = -1

T = TypeVar("T")
Parts = tuple[tuple[int, int], ...]  # (bucket, pieces)


class Lower(NamedTuple):
    """What a layer gives below its threshold, from `at` fen or pieces on: so much off, a share (basis points) off, so many
    pieces of its gift; `each`: for every such part again; at most `cap` off (0: any), and so much `over` is not counted."""

    at: int = 0
    off: int = 0
    off_bp: int = 0
    pieces: int = 0
    each: int = 0
    cap: int = 0
    over: int = 0


class Layer(NamedTuple):
    """What an offer takes off the whole, in the lanes of freight off what sending costs: its lane, its version, from which
    threshold (fen; pieces below nothing), and what becomes of it when units go back. Where that hangs on the threshold, too:
    the lines that count for it as bits (none: all that are bought), and what it gives below."""

    lane: str
    offer: str
    version: int
    off: Fen
    threshold: int = 0
    policy: str = PRORATE
    covers: int = 0
    below: tuple[Lower, ...] = ()

    def counts(self, line: int) -> bool:
        """Whether a line counts for its threshold."""
        return not self.covers or bool(self.covers >> line & 1)


class FreightPart(NamedTuple):
    """What sending from a location costs by a version of its tariff, and what is off."""

    location: str
    version: int
    fee: Fen
    off: Fen = Fen(0)


class CouponUse(NamedTuple):
    """A coupon that is spent, and the layer that it brought."""

    id: str
    layer: int = NO_LAYER


class CounterUse(NamedTuple):
    """So many of a limit, in one of its shards, whose cap is this."""

    key: str
    n: int
    cap: int
    shard: int = 0


class PointsUse(NamedTuple):
    """So many points, which pay so many fen."""

    n: int = 0
    fen: Fen = Fen(0)


class Ahead(NamedTuple):
    """Of a SKU that is sold beyond what lies there: its pieces are sent by `until` (epoch ms); 0: they lie there, beside `spare`
    pieces that are only promised."""

    sku: str
    until: int = 0
    spare: int = 0


class Tie(NamedTuple):
    """What an order hangs on: a team, a flash sale, a bargain, a group or a right to a price."""

    kind: str
    id: str
    role: str = ""


class QuoteLine(NamedTuple):
    """Equal pieces of one SKU as one reason brings them: its catalogue version, the buckets that give, its units as runs.

    `parent` is the layer that brought a gift or an add-on; `flags`: 1 may not be sent back within seven days, 2 takes no
    coupon; `value` is what a gift is worth, which is nothing that is paid; `quoted` is the location that it was priced to be sent
    from, where that is another than it lies at now.
    """

    kind: str
    sku: str
    version: int
    parts: Parts
    list_price: Fen
    unit: Fen
    runs: tuple[Run, ...]
    location: str = MAIN
    parent: int = NO_LAYER
    flags: int = 0
    value: Fen = Fen(0)
    quoted: str = ""

    @property
    def priced_at(self) -> str:
        """The location that its freight was reckoned from."""
        return self.quoted or self.location

    def moved_to(self, location: str) -> QuoteLine:
        """The line as it lies elsewhere; from where it was priced stays."""
        return self._replace(location=location, quoted="" if location == self.priced_at else self.priced_at)

    @property
    def quantity(self) -> int:
        return sum(run.pieces for run in self.runs)

    @property
    def shelf(self) -> str:
        """Where its pieces lie, as inventory takes it: the SKU, at the main location, or `SKU@location`."""
        return shelf_of(self.sku, self.location)

    @property
    def stock(self) -> list[tuple[str, int, int]]:
        """(shelf, bucket, pieces) of every bucket that gives."""
        return [(self.shelf, bucket, pieces) for bucket, pieces in self.parts]

    @property
    def gross(self) -> Fen:
        """Before anything was taken off."""
        return self.unit * self.quantity

    @property
    def off(self) -> Fen:
        """What all layers take off."""
        return total([total(run.offs) * run.pieces for run in self.runs])

    @property
    def points(self) -> Fen:
        """What points pay."""
        return total([run.points * run.pieces for run in self.runs])

    @property
    def payable(self) -> Fen:
        """What is paid for the goods, without freight."""
        return total([run.goods * run.pieces for run in self.runs])

    @property
    def freight(self) -> Fen:
        """What the pieces bear of the freight."""
        return total([run.freight * run.pieces for run in self.runs])

    def off_by(self, layer: int) -> Fen:
        """What one layer takes off."""
        return total([run.offs[layer] * run.pieces for run in self.runs if layer < len(run.offs)])

    def worth(self, before: int, more: int) -> Fen:
        """What so many units are worth, goods and freight, after those before them in the runs' order."""
        paid = [(run.goods + run.freight, run.pieces) for run in self.runs]
        return total([each * pieces for each, pieces in _after(paid, before, more)])

    def rest(self, gone: int) -> QuoteLine:
        """The line without so many of its units, the first in the runs' order."""
        left = _after([(run, run.pieces) for run in self.runs], gone, self.quantity - gone)
        return self._replace(runs=tuple(run._replace(pieces=pieces) for run, pieces in left))

    def stock_of(self, before: int, more: int) -> list[tuple[str, int, int]]:
        """(shelf, bucket, pieces) of so many units, after those before them in the buckets' order."""
        return [(self.shelf, bucket, pieces) for bucket, pieces in _after(self.parts, before, more)]

    def pack(self) -> list[Any]:
        """What is paid for a piece is not written: it follows from its unit price and what is off."""
        flat = [number for part in self.parts for number in part]
        return trimmed(
            self.sku,
            self.version,
            flat[:-1],  # the last bucket gives the rest
            int(self.unit),
            [trimmed(run.pieces, int(run.freight), int(run.points), *map(int, run.offs)) for run in self.runs],
            KINDS.index(self.kind),
            int(self.list_price - self.unit),
            self.parent - NO_LAYER,
            self.flags,
            int(self.value),
            "" if self.location == MAIN else self.location,
            self.quoted,
        )

    @classmethod
    def unpack(cls, packed: list[Any]) -> QuoteLine:
        """The reverse of `pack`."""
        sku, version, flat, unit, runs, kind, more, parent, flags, value, location, quoted = _filled(packed, _LINE)
        units = tuple(_run(run, unit) for run in runs)
        if flat:
            flat = [*flat, sum(run.pieces for run in units) - sum(flat[1::2])]
        return cls(
            KINDS[kind],
            sku,
            version,
            tuple(zip(flat[::2], flat[1::2], strict=True)),
            Fen(unit + more),
            Fen(unit),
            units,
            location or MAIN,
            parent + NO_LAYER,
            flags,
            Fen(value),
            quoted,
        )


class Bill(NamedTuple):
    """What is bought and what it costs, as a quote promises it and an order keeps it.

    The layers stand in the order of the runs' `offs`. `earn` are the points it brings, `service` is how it is sent, `gifted`
    are the templates, as of a version, of which it brings a coupon each once it is paid, `promised` is until when it is to
    arrive (epoch ms; 0: that is not promised); `ahead`: what is sold of SKUs that may be sold beyond what lies there.
    """

    lines: tuple[QuoteLine, ...] = ()
    layers: tuple[Layer, ...] = ()
    freights: tuple[FreightPart, ...] = ()
    coupons: tuple[CouponUse, ...] = ()
    points: PointsUse = PointsUse()
    counters: tuple[CounterUse, ...] = ()
    tie: Tie | None = None
    earn: int = 0
    service: str = ""
    gifted: tuple[str, ...] = ()
    promised: int = 0
    ahead: tuple[Ahead, ...] = ()

    @property
    def waits(self) -> dict[str, int]:
        """Until when its SKUs are sent of which not all was there (epoch ms)."""
        return {one.sku: one.until for one in self.ahead if one.until}

    def awaited(self, parts: Iterable[tuple[str, int, int]]) -> dict[str, int]:
        """How many of these (shelf, bucket, pieces) were to be waited for, by SKU."""
        waits, found = self.waits, dict[str, int]()
        for shelf, _, pieces in parts:
            if shelf in waits and pieces:
                found[shelf] = found.get(shelf, 0) + pieces
        return found

    @property
    def goods(self) -> Fen:
        """What is paid for the goods."""
        return total([line.payable for line in self.lines])

    @property
    def freight(self) -> Fen:
        """What is paid for having them sent."""
        return total([line.freight for line in self.lines])

    @property
    def payable(self) -> Fen:
        """What is paid in all."""
        return self.goods + self.freight

    def pack(self) -> list[Any]:
        """The compact list that is written, without its empty end."""
        return trimmed(
            [line.pack() for line in self.lines],
            [
                trimmed(
                    one.lane,
                    one.offer,
                    one.version,
                    int(one.off),
                    one.threshold,
                    _said(one.policy, PRORATE),
                    one.covers,
                    [trimmed(*lower) for lower in one.below],
                )
                for one in self.layers
            ],
            [trimmed(_said(part.location, MAIN), part.version, int(part.fee), int(part.off)) for part in self.freights],
            [list(use) for use in self.coupons],
            trimmed(self.points.n, int(self.points.fen)),
            [list(use) for use in self.counters],
            list(self.tie or ()),
            self.earn,
            self.service,
            list(self.gifted),
            self.promised,
            [trimmed(*one) for one in self.ahead],
        )

    @classmethod
    def unpack(cls, packed: list[Any]) -> Bill:
        """The reverse of `pack`."""
        lines, layers, freights, coupons, points, counters, tie, earn, service, gifted, promised, ahead = _filled(
            packed, _BILL
        )
        return cls(
            tuple(QuoteLine.unpack(line) for line in lines),
            tuple(_layer(*_filled(layer, _LAYER)) for layer in layers),
            tuple(_freight(*_filled(part, _FREIGHT)) for part in freights),
            tuple(CouponUse(*use) for use in coupons),
            _points(*_filled(points, _POINTS)),
            tuple(CounterUse(*use) for use in counters),
            Tie(*tie) if tie else None,
            earn,
            service,
            tuple(gifted),
            promised,
            tuple(Ahead(*one) for one in ahead),
        )


# ---- lines ----------------------------------------------------------------------------------------------------------
def bought(sku: str, version: int, unit: Fen, parts: Parts, list_price: Fen | None = None) -> QuoteLine:
    """A line of pieces at their full price, as many as the buckets give."""
    units = plain(sum(pieces for _, pieces in parts), unit)
    return QuoteLine(BOUGHT, sku, version, parts, unit if list_price is None else list_price, unit, units)


def quantities(lines: Iterable[QuoteLine]) -> dict[str, int]:
    """How many pieces of each SKU, all its lines together."""
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    return wanted


def shelf_of(sku: str, location: str) -> str:
    """A SKU at a location, in the shortest words."""
    return sku if location == MAIN else f"{sku}@{location}"


def shelved(lines: Iterable[QuoteLine]) -> dict[str, int]:
    """How many pieces from each shelf, all lines together."""
    wanted: dict[str, int] = {}
    for line in lines:
        wanted[line.shelf] = wanted.get(line.shelf, 0) + line.quantity
    return wanted


def supplied(lines: Iterable[QuoteLine], given: Mapping[str, Sequence[tuple[int, int]]]) -> tuple[QuoteLine, ...]:
    """The lines with what the buckets of each shelf give, (bucket, pieces), handed to its lines one after the other."""
    before: dict[str, int] = {}
    found = []
    for line in lines:
        start = before.get(line.shelf, 0)
        found.append(line._replace(parts=tuple(_after(given[line.shelf], start, line.quantity))))
        before[line.shelf] = start + line.quantity
    return tuple(found)


def _after(groups: Iterable[tuple[T, int]], before: int, more: int) -> Iterator[tuple[T, int]]:
    """So many pieces out of groups of (what, pieces), after those before them."""
    for what, pieces in groups:
        skipped = min(pieces, before)
        taken = min(pieces - skipped, more)
        before, more = before - skipped, more - taken
        if taken:
            yield what, taken


def laid(
    lines: Sequence[QuoteLine], amount: Fen, weigh: Callable[[Run], tuple[int, int]], put: Callable[[Run, Fen], Run]
) -> tuple[QuoteLine, ...]:
    """The lines with an amount laid on their units: `weigh` says the weight and the room of a piece, `put` what becomes of one
    that gets so much."""
    shares = iter(spread(amount, [(run.pieces, *weigh(run)) for line in lines for run in line.runs]))
    return tuple(
        line._replace(runs=merged([put(*some) for run in line.runs for some in cut([run], next(shares))]))
        for line in lines
    )


def with_freight(lines: Sequence[QuoteLine], freight: Fen) -> tuple[QuoteLine, ...]:
    """The lines with the freight on their units."""
    runs = bearing([line.runs for line in lines], freight)
    return tuple(line._replace(runs=borne) for line, borne in zip(lines, runs, strict=True))


def without_freight(lines: Sequence[QuoteLine], back: Fen) -> tuple[QuoteLine, ...]:
    """The lines when so much of their freight went back, from every unit by what it bore."""
    return laid(
        lines,
        back,
        lambda run: (int(run.freight), int(run.freight)),
        lambda run, less: run._replace(freight=run.freight - less),
    )


# ---- what is written ------------------------------------------------------------------------------------------------
_LINE: tuple[Any, ...] = ("", 0, [], 0, [], 0, 0, 0, 0, 0, "", "")
_RUN = (0, 0, 0)
_LAYER: tuple[Any, ...] = ("", "", 0, 0, 0, "", 0, [])
_FREIGHT = ("", 0, 0, 0)
_POINTS = (0, 0)
_BILL: tuple[Any, ...] = ([], [], [], [], [], [], [], 0, "", [], 0, [])


def trimmed(*values: Any) -> list[Any]:
    """The values without the empty ones at their end."""
    kept = list(values)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _filled(packed: list[Any], usual: tuple[Any, ...]) -> list[Any]:
    """The values with what was cut off."""
    return [*packed, *usual[len(packed) :]]


def _said(value: str, usual: str) -> str:
    return "" if value == usual else value


def _run(packed: list[int], unit: int) -> Run:
    pieces, freight, points, *offs = _filled(packed, _RUN)
    return Run(pieces, Fen(unit - points - sum(offs)), tuple(map(Fen, offs)), Fen(points), Fen(freight))


def _layer(
    lane: str, offer: str, version: int, off: int, threshold: int, policy: str, covers: int, below: list[list[int]]
) -> Layer:
    lower = tuple(Lower(*one) for one in below)
    return Layer(lane, offer, version, Fen(off), threshold, policy or PRORATE, covers, lower)


def _freight(location: str, version: int, fee: int, off: int) -> FreightPart:
    return FreightPart(location or MAIN, version, Fen(fee), Fen(off))


def _points(n: int, fen: int) -> PointsUse:
    return PointsUse(n, Fen(fen))
