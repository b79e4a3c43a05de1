"""Stock's use cases: hold and release for orders, receive, adjust, close and spread for the shop. Quantities in pieces.

Guarantees: available never falls below nothing; a closed SKU is not held; on hand = available + held, always. Whether a
SKU is closed follows from the catalogue: whoever changes what may be sold composes `closing` with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from chalicelib.kernel.errors import Refusal, Refused, SecondPersonNeeded
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Condition, Step, Wanted, fresh, update
from chalicelib.runtime.work import Work

from . import rules
from .events import StockChanged
from .model import Level, Movement, Stock, bucket_part, place_of, sku_of
from .rules import AdjustmentEmpty, OutOfStock, SaleStopped, StockMoved, StockTooLow, StockUnknown

STOCK_SOLO = settings.declare(
    "STOCK_SOLO_PIECES", "1000", "pieces of a SKU that one person alone may add or take away within a day"
)
SOLO_DAY = timedelta(days=1)
LEVEL = "level"
MOST_PARTS = 80  # buckets in one transaction, which takes 100 items in all


class Shelf(NamedTuple):
    """What a SKU's buckets say together: pieces available, why it may not be sold (None: it may), each bucket's pieces."""

    available: int
    held: int
    stop: str | None
    buckets: tuple[int, ...]

    @property
    def closed(self) -> bool:
        return self.stop is not None

    def allot(self, quantity: int, spot: int = 0) -> list[tuple[int, int]]:
        """(bucket, pieces) that make the quantity: one of the buckets that have it all, the one that `spot` (any number)
        falls upon; else several, fullest first. What nobody has is asked of the fullest, and refused."""
        if (whole := rules.fallen_upon(self.buckets, quantity, spot)) is not None:
            return [(whole, quantity)]
        left, parts = quantity, []
        for bucket in sorted(range(len(self.buckets)), key=lambda i: -self.buckets[i]):
            if (part := min(left, self.buckets[bucket])) > 0:
                parts.append((bucket, part))
                left -= part
        if not parts:
            return [(0, quantity)]
        return [(parts[0][0], parts[0][1] + left), *parts[1:]]


# reading


def wanted(sku: str, bucket: int = 0) -> Wanted:
    """The key of a bucket, for a batch read together with others' rows; the first bucket knows how many there are."""
    return Wanted(Stock, place_of(sku), bucket_part(bucket))


def wanted_more(first: Stock | None) -> list[Wanted]:
    """The keys of a SKU's further buckets, when its first says that there are any."""
    if first is None or (first.buckets or 1) == 1:
        return []
    return [wanted(sku_of(first.place), bucket) for bucket in range(1, first.buckets)]


def shelf(items: Sequence[Stock | None]) -> Shelf:
    """The shelf that a SKU's bucket rows make, first bucket first; no row is an empty shelf."""
    rows = [item for item in items if item is not None]
    parts = tuple(row.available or 0 for row in rows)
    held = sum(row.held or 0 for row in rows)
    return Shelf(sum(parts), held, next((row.closed for row in rows if row.closed), None), parts)


def shelves(skus: Sequence[str], firsts: Sequence[Stock | None], *, consistent: bool = False) -> dict[str, Shelf]:
    """The shelf of each SKU from its first bucket's row; one more read only where a SKU has several buckets."""
    return {sku: shelf(rows) for sku, rows in _buckets(skus, firsts, consistent=consistent).items()}


def _buckets(skus: Sequence[str], firsts: Sequence[Stock | None], *, consistent: bool) -> dict[str, list[Stock | None]]:
    """All bucket rows of each SKU, from its first one's."""
    more = {sku: wanted_more(first) for sku, first in zip(skus, firsts, strict=True)}
    rest = iter(table.batch([w for wanted in more.values() for w in wanted], consistent=consistent))
    return {sku: [first, *(next(rest) for _ in more[sku])] for sku, first in zip(skus, firsts, strict=True)}


def look(skus: Sequence[str], *, consistent: bool = True) -> dict[str, Shelf]:
    """The shelves of these SKUs as they stand."""
    return shelves(skus, table.batch([wanted(sku) for sku in skus], consistent=consistent), consistent=consistent)


def on_hand(sku: str) -> int:
    """Pieces in the warehouse. Raises StockUnknown."""
    level = table.get(Level, place_of(sku), LEVEL, consistent=True)
    if level is None:
        raise StockUnknown(sku=sku)
    return level.on_hand or 0


# for orders


def allot(
    lines: Iterable[tuple[str, int]], shelves: dict[str, Shelf], order_id: str
) -> dict[str, list[tuple[int, int]]]:
    """The buckets that give each (sku, quantity) of an order, as (bucket, pieces). Raises Refused when there is not enough.

    One transaction takes from so many buckets: beyond that, what one bucket has is what can be had.
    """
    wanted = list(lines)
    short = [OutOfStock(sku=sku, left=shelves[sku].available) for sku, n in wanted if shelves[sku].available < n]
    if short:
        raise Refused(short)
    parts = {sku: shelves[sku].allot(quantity, crc32(f"{order_id}{sku}".encode())) for sku, quantity in wanted}
    if sum(map(len, parts.values())) > MOST_PARTS:
        raise Refused([OutOfStock(sku=sku, left=max(shelves[sku].buckets)) for sku in parts if len(parts[sku]) > 1])
    return parts


def hold(lines: Iterable[tuple[str, int, int]]) -> list[Step]:
    """Take each (sku, bucket, quantity) out of what is available, or say which SKU ran out and what is left."""
    return [
        update(
            Stock, place_of(sku), bucket_part(bucket),
            actions=[Stock.available.add(-quantity), Stock.held.add(quantity)],
            when=(Stock.available >= quantity) & Stock.closed.does_not_exist(), otherwise=_short_of(sku),
        )
        for sku, bucket, quantity in rules.merged(lines)
    ]  # fmt: skip


def release(lines: Iterable[tuple[str, int, int]]) -> list[Step]:
    """Give back what was held; the state of the order is the condition, so there is none here."""
    return [
        update(
            Stock, place_of(sku), bucket_part(bucket), actions=[Stock.available.add(quantity), Stock.held.add(-quantity)]
        )
        for sku, bucket, quantity in rules.merged(lines)
    ]  # fmt: skip


def _short_of(sku: str) -> Callable[[Stock | None], Refusal]:
    def meaning(old: Stock | None) -> Refusal:
        if old is not None and old.closed:
            return SaleStopped(sku=sku)
        return OutOfStock(sku=sku, left=(old.available or 0) if old is not None else 0)

    return meaning


# for the shop


def receive(sku: str, quantity: int, *, buckets: int = 1, stop: str | None = None) -> list[Step]:
    """The first stock of a new SKU, spread over its buckets; closed when there is a reason not to sell it yet."""
    parts = rules.spread(quantity, buckets)
    rows = [
        Stock(place_of(sku), bucket_part(i), available=part, held=0, buckets=buckets, closed=stop)
        for i, part in enumerate(parts)
    ]
    return [fresh(row, StockMoved()) for row in rows] + [
        fresh(Level(place_of(sku), LEVEL, on_hand=quantity), StockMoved())
    ]


def adjust(sku: str, delta: int, reason: str, work: Work) -> None:
    """Change what is on hand by a counted difference, as far as one person may within a day. Raises SecondPersonNeeded."""
    if delta == 0:
        raise AdjustmentEmpty()
    most, seen = settings.number(STOCK_SOLO), on_hand(sku)
    if _moved_by(work.caller.id, sku, work.now - SOLO_DAY) + abs(delta) > most:
        raise SecondPersonNeeded(kind="stock", limit=f"{most} / 24 h")
    count(sku, delta, seen, reason, work, agreed=False)
    work.commit()


def _moved_by(actor: str, sku: str, since: datetime) -> int:
    """How many pieces somebody has added or taken away alone."""
    moved, cursor = 0, None
    while True:
        rows, cursor = table.query(
            Movement, place_of(sku), begins=("b", "m#"), limit=100, cursor=cursor, newest_first=True, consistent=True
        )
        lately = [row for row in rows if row.at >= since]
        moved += sum(abs(row.delta) for row in lately if row.actor == actor and not row.agreed)
        if cursor is None or len(lately) < len(rows):
            return moved


def count(sku: str, delta: int, seen: int, reason: str, work: Work, *, agreed: bool) -> None:
    """Describe a counted difference of what is on hand, provided that this is still what was seen; taking away never
    goes below what is available."""
    rows = _rows(sku)[sku]
    here = shelf(rows)
    if here.available + delta < 0:
        raise StockTooLow(sku=sku, left=here.available)
    if delta < 0:
        changes = [(bucket, -pieces) for bucket, pieces in here.allot(-delta, crc32(work.id.encode()))]
    else:
        changes = [(bucket, pieces) for bucket, pieces in enumerate(rules.spread(delta, len(rows))) if pieces]

    for bucket, change in changes:
        work.add(
            update(
                Stock, place_of(sku), bucket_part(bucket), actions=[Stock.available.add(change)],
                when=Stock.available >= max(0, -change), otherwise=StockMoved(),
            )
        )  # fmt: skip
    work.add(
        update(
            Level, place_of(sku), LEVEL, actions=[Level.on_hand.add(delta)], when=Level.on_hand == seen,
            otherwise=StockMoved(),
        )
    )  # fmt: skip
    movement = Movement(
        place_of(sku), f"m#{work.id}", delta=delta, reason=reason, actor=work.caller.id, at=work.now,
        agreed=agreed or None,
    )  # fmt: skip
    work.add(fresh(movement, StockMoved()))

    work.publish(StockChanged(sku, delta, reason))


def closing(stops: Mapping[str, str | None]) -> list[Step]:
    """The steps that stop each SKU's sale for a reason, or open it (None), in every bucket or in none; for composing."""
    return [step for sku, rows in _rows(*stops).items() for step in _marked(rows, stops[sku])]


def _marked(rows: Sequence[Stock], stop: str | None) -> list[Step]:
    action = Stock.closed.remove() if stop is None else Stock.closed.set(stop)
    same = Stock.buckets == int(rows[0].buckets)  # there are still just these buckets
    return [update(Stock, row.place, row.part, actions=[action], when=same, otherwise=StockMoved()) for row in rows]


def spread(sku: str, buckets: int, work: Work) -> None:
    """Keep a SKU's stock in this many buckets (more for a warm SKU), moving what is available and nothing else."""
    rows = _rows(sku)[sku]
    parts = rules.spread(sum(row.available or 0 for row in rows), buckets)
    closed = next((row.closed for row in rows if row.closed), None)

    for i in range(max(len(rows), buckets)):
        row = rows[i] if i < len(rows) else None
        part = parts[i] if i < buckets else 0
        if row is None:
            new = Stock(place_of(sku), bucket_part(i), available=part, held=0, buckets=buckets, closed=closed)
            work.add(fresh(new, StockMoved()))
            continue
        work.add(
            update(
                Stock, row.place, row.part, actions=[Stock.available.set(part), Stock.buckets.set(max(len(rows), buckets))],
                when=(Stock.available == (row.available or 0)) & _same_sale(closed), otherwise=StockMoved(),
            )
        )  # fmt: skip
    work.commit()


def _same_sale(closed: str | None) -> Condition:
    return Stock.closed == closed if closed else Stock.closed.does_not_exist()


def _rows(*skus: str) -> dict[str, list[Stock]]:
    """The rows of these SKUs' buckets as they stand, to be changed. Raises StockUnknown."""
    firsts = table.batch([wanted(sku) for sku in skus], consistent=True)
    for sku, first in zip(skus, firsts, strict=True):
        if first is None:
            raise StockUnknown(sku=sku)
    found = _buckets(skus, firsts, consistent=True)
    return {sku: [row for row in rows if row is not None] for sku, rows in found.items()}
