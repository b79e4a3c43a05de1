"""Stock's use cases: read and allocate for orders, adjust, count and spread for the shop. Quantities in pieces.

Guarantees: no hold and no adjustment brings available below nothing (a count of a feed's may, and then nothing is held); a
closed SKU is not held; on hand = available + held + what is kept back - what may be sold beyond it, always. Whether a
SKU is closed follows from the catalogue: whoever changes what may be sold composes `steps.set_stops` with it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected, SecondPersonNeeded
from chalicelib.kernel.quote import Ahead
from chalicelib.runtime import settings, table, world
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import Change

from . import rules, steps
from .events import BackordersAllowed, StockChanged, StockLevelChanged
from .model import FIRST, Movement, Stock, Waiting, bucket_part, sku_of, waiting_part
from .model import place_of as place_of
from .rules import (
    BACKORDER,
    AdjustmentEmpty,
    BackordersInOneBucket,
    BackordersUndated,
    OutOfStock,
    StockNotFound,
    StockTooLow,
)
from .steps import CountedShelf

STOCK_SOLO = settings.declare(
    "STOCK_SOLO_PIECES", "1000", "pieces of a SKU that one person alone may add or take away within a day"
)
SOLO_DAY = timedelta(days=1)
MOST_PARTS = 80  # buckets in one transaction, which takes 100 items in all


class StockLevel(NamedTuple):
    """What a SKU's buckets say together: pieces available, why it may not be sold (None: it may), each bucket's pieces, how
    many are kept back, and how many of those available are only promised, by when (None: no more of them, or nothing is)."""

    available: int
    held: int
    stop: str | None
    buckets: tuple[int, ...]
    kept: int = 0
    beyond: int = 0
    due_at: datetime | None = None

    @property
    def there(self) -> int:
        """What may be had of what lies there; below nothing by what customers wait for."""
        return self.available - self.beyond

    @property
    def here(self) -> int:
        """What may be had at once."""
        return max(0, self.there)

    @property
    def free(self) -> int:
        """What no order holds, sold or kept back; below nothing where orders hold more than there is."""
        return self.there + self.kept

    @property
    def on_hand(self) -> int:
        """What lies there."""
        return self.free + self.held

    @property
    def left(self) -> int:
        """What may be had, at once or later: available, which is below nothing where a count found less than orders hold."""
        return max(0, self.available) if self.due_at is not None else self.here

    def word(self, *, on: bool) -> str:
        """The coarse word for it."""
        if on and not self.closed and not self.here and self.left:
            return BACKORDER
        return rules.availability(on=on and not self.closed, available=self.there)

    @property
    def closed(self) -> bool:
        return self.stop is not None

    def allocate(self, quantity: int, spot: int = 0) -> list[tuple[int, int]]:
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


# ---- reading --------------------------------------------------------------------------------------------------------


def key(shelf: str, bucket: int = 0) -> Key:
    """The key of a bucket of a shelf (a SKU, or `SKU@location`), for a batch read together with others' rows; the first bucket
    knows how many there are."""
    return Key(Stock, place_of(shelf), bucket_part(bucket))


def more_keys(first: Stock | None) -> list[Key]:
    """The keys of a SKU's further buckets, when its first says that there are any."""
    if first is None or (first.buckets or 1) == 1:
        return []
    return [Key(Stock, first.place, bucket_part(bucket)) for bucket in range(1, first.buckets)]


def stock_level(items: Sequence[Stock | None]) -> StockLevel:
    """What a SKU's bucket rows say together, first bucket first; no row is no stock."""
    rows = [item for item in items if item is not None]
    parts = tuple(row.available or 0 for row in rows)
    held = sum(row.held or 0 for row in rows)
    stop = next((row.closed for row in rows if row.closed), None)
    if not rows:
        return StockLevel(0, 0, None, ())
    first = rows[0]
    due_at = first.due_at if first.due_at is not None and first.due_at > world.now() else None
    return StockLevel(sum(parts), held, stop, parts, first.kept or 0, first.beyond or 0, due_at)


def levels(skus: Sequence[str], firsts: Sequence[Stock | None], *, consistent: bool = False) -> dict[str, StockLevel]:
    """The stock level of each SKU from its first bucket's row; one more read only where a SKU has several buckets."""
    return {sku: stock_level(rows) for sku, rows in _buckets(skus, firsts, consistent=consistent).items()}


def _buckets(skus: Sequence[str], firsts: Sequence[Stock | None], *, consistent: bool) -> dict[str, list[Stock | None]]:
    """All bucket rows of each SKU, from its first one's."""
    more = {sku: more_keys(first) for sku, first in zip(skus, firsts, strict=True)}
    rest = iter(table.batch([w for wanted in more.values() for w in wanted], consistent=consistent))
    return {sku: [first, *(next(rest) for _ in more[sku])] for sku, first in zip(skus, firsts, strict=True)}


def read_levels(skus: Sequence[str], *, consistent: bool = True) -> dict[str, StockLevel]:
    """The stock levels of these SKUs as they stand."""
    return levels(skus, table.batch([key(sku) for sku in skus], consistent=consistent), consistent=consistent)


def levels_at(places: Sequence[str]) -> dict[str, StockLevel]:
    """Where these places (SKU@location) stand now; a place where nothing ever lay is left out."""
    firsts = table.batch([Key(Stock, place, FIRST) for place in places], consistent=True)
    return {place: stock_level(rows) for place, rows in whole([one for one in firsts if one is not None]).items()}


def tell_levels(changes: Iterable[Change], work: Work) -> None:
    """Tell where SKUs stand at the places where what can be had, or whether it can, has changed."""
    moved = dict[str, None]()
    for old, new in changes:
        row = new or old or {}
        if row.get("b", {}).get("S", "").startswith("b") and _to_be_had(old) != _to_be_had(new):
            moved[row["s"]["S"]] = None
    for place, level in levels_at(list(moved)).items():
        sku, location = place.split("@")
        told = StockLevelChanged(sku, location, level.there, level.on_hand, level.closed, millis(work.now), level.kept)
        work.publish(told)


def _to_be_had(row: Mapping[str, Any] | None) -> tuple[Any, Any]:
    """Of a bucket's raw item what a customer would notice."""
    return ((row or {}).get("a"), (row or {}).get("c"))


def shelves(skus: Sequence[str], *, whole: bool) -> dict[str, CountedShelf]:
    """How these shelves were counted last; `whole`: by counts that tell of all that lies there."""
    wanted = list(dict.fromkeys(skus))
    rows = table.batch([key(sku) for sku in wanted], consistent=True)
    pairs = zip(wanted, rows, strict=True)
    return {sku: CountedShelf(row and row.seq, row and row.counted_at, whole) for sku, row in pairs}


def on_hand(shelf: str) -> int:
    """Pieces that lie there. Raises StockNotFound."""
    row = table.get(Stock, place_of(shelf), FIRST, consistent=True)
    if row is None:
        raise StockNotFound(sku=sku_of(shelf))
    return row.on_hand or 0


class Waiter(NamedTuple):
    """An order that waits for a SKU, and how many pieces of it."""

    order: str
    held: int


def waiting(shelf: str) -> list[Waiter]:
    """All who were told to wait for a SKU and still do, oldest first: one unit for each fifty of them."""
    rows = table.every(Waiting, place_of(shelf), begins=("b", waiting_part("")), consistent=True)
    return [Waiter(row.part.removeprefix(waiting_part("")), row.held or 0) for row in rows]


def sold_ahead(wanted: Mapping[str, int], levels: Mapping[str, StockLevel]) -> tuple[Ahead, ...]:
    """What is to be said of those of these SKUs, and how many pieces of each, that may be sold beyond what lies there."""
    return tuple(
        Ahead(sku, 0, level.beyond)
        if level.there >= pieces or level.due_at is None
        else Ahead(sku, millis(level.due_at))
        for sku, pieces in wanted.items()
        if (level := levels[sku]).beyond
    )


def allocate(
    lines: Iterable[tuple[str, int]],
    levels: Mapping[str, StockLevel],
    order_id: str,
    waits: Collection[str] | None = None,
) -> dict[str, list[tuple[int, int]]]:
    """The buckets that give each shelf of an order's (shelf, quantity)s, those of one shelf together, as (bucket, pieces). Raises
    CommitRejected when there is not enough.

    One transaction takes from so many buckets: beyond that, what one bucket has is what can be had. `waits`: the SKUs of which
    it was said that they are sent later (None: any that may be).
    """
    together: dict[str, int] = {}
    for sku, quantity in lines:
        together[sku] = together.get(sku, 0) + quantity
    wanted = list(together.items())
    left = {one: _left_of(levels[one], None if waits is None else one in waits) for one, _ in wanted}
    short = [OutOfStock(sku=sku_of(one), left=left[one]) for one, n in wanted if left[one] < n]
    if short:
        raise CommitRejected(short)
    parts = {sku: levels[sku].allocate(quantity, crc32(f"{order_id}{sku}".encode())) for sku, quantity in wanted}
    if sum(map(len, parts.values())) > MOST_PARTS:
        raise CommitRejected(
            [OutOfStock(sku=sku_of(one), left=max(levels[one].buckets)) for one in parts if len(parts[one]) > 1]
        )
    return parts


def _left_of(level: StockLevel, waits: bool | None) -> int:
    """How many may be had as it was said: sent later, at once, or as it comes (None)."""
    if waits is None:
        return level.left
    return max(0, level.available) if waits else level.here


# ---- for the shop ---------------------------------------------------------------------------------------------------


def sell_beyond(sku: str, pieces: int, due_at: datetime | None, work: Work) -> None:
    """From now on so many pieces of a SKU may be sold beyond what lies there, to be sent by then; 0: none. What was sold so stays
    sold. Raises StockNotFound, BackordersInOneBucket, BackordersUndated."""
    first = bucket_rows(sku)[sku][0]
    if pieces and (due_at is None or due_at <= work.now):
        raise BackordersUndated()
    if pieces and (first.buckets or 1) > 1:
        raise BackordersInOneBucket(sku=sku)
    work.add(steps.sell_beyond(first, pieces, due_at))
    work.publish(BackordersAllowed(sku, pieces, millis(due_at) if pieces and due_at is not None else 0))


def adjust(sku: str, delta: int, reason: str, work: Work) -> None:
    """Change what is on hand by a counted difference, as far as one person may within a day. Raises SecondPersonNeeded."""
    if delta == 0:
        raise AdjustmentEmpty()
    seen = on_hand(sku)
    if not alone(sku, delta, work):
        raise SecondPersonNeeded(kind="stock", limit=f"{settings.number(STOCK_SOLO)} / 24 h")
    count(sku, delta, seen, reason, work, agreed=False)


def alone(sku: str, delta: int, work: Work) -> bool:
    """Whether the caller may move so many pieces of a SKU without a second person, with what they moved within a day."""
    return _moved_by(work.caller.id, sku, work.now - SOLO_DAY) + abs(delta) <= settings.number(STOCK_SOLO)


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
    """Change what is on hand by a counted difference, provided that this is still what was seen; taking away never
    goes below what no order holds, and takes what is kept back last."""
    rows = bucket_rows(sku)[sku]
    here = stock_level(rows)
    spared = 0
    if delta < 0:
        if here.free + delta < 0:
            raise StockTooLow(sku=sku, left=max(0, here.free))
        spared = max(0, -delta - here.here)
        parts = here.allocate(-delta - spared, crc32(work.id.encode())) if -delta > spared else []
        changes = {bucket: -pieces for bucket, pieces in parts}
        changes[0] = changes.get(0, 0) - spared
    else:
        changes = {bucket: pieces for bucket, pieces in enumerate(rules.spread(delta, len(rows))) if pieces}

    work.add(*steps.count(sku, changes, seen, spared, here.kept, here.beyond))
    work.add(steps.record(work.id, place_of(sku), delta, reason, work.caller.id, work.now, agreed=agreed))

    work.publish(StockChanged(sku, delta, reason))


def spread(sku: str, buckets: int, work: Work) -> None:
    """Keep a SKU's stock in this many buckets (more for a warm SKU), moving what is available and nothing else."""
    rows = bucket_rows(sku)[sku]
    if buckets > 1 and rows[0].beyond:
        raise BackordersInOneBucket(sku=sku)
    parts = rules.spread(sum(row.available or 0 for row in rows), buckets)
    closed = next((row.closed for row in rows if row.closed), None)

    for i in range(max(len(rows), buckets)):
        part = parts[i] if i < buckets else 0
        if i < len(rows):
            work.add(steps.refill(rows[i], part, max(len(rows), buckets), closed))
        else:
            work.add(steps.add_bucket(sku, i, part, buckets, closed))


def bucket_rows(*skus: str) -> dict[str, list[Stock]]:
    """All bucket rows of these SKUs as they stand, to be changed: by SKU, and by `SKU@location` where they lie elsewhere, too.
    Raises StockNotFound."""
    firsts = table.batch([key(sku) for sku in skus], consistent=True)
    for sku, first in zip(skus, firsts, strict=True):
        if first is None:
            raise StockNotFound(sku=sku)
    found = _buckets(skus, firsts, consistent=True)
    away = [place_of(sku_of(one.place), code) for one in firsts for code in sorted(one.elsewhere or ())]
    others = table.batch([Key(Stock, place, FIRST) for place in away], consistent=True)
    main = {sku: [row for row in rows if row is not None] for sku, rows in found.items()}
    return main | whole([row for row in others if row is not None])


def whole(firsts: Sequence[Stock]) -> dict[str, list[Stock]]:
    """All bucket rows of these places as they stand, by place, from their first ones."""
    more = {first.place: more_keys(first) for first in firsts}
    rest = iter(table.batch([one for wanted in more.values() for one in wanted], consistent=True))
    found = {first.place: [first, *(next(rest) for _ in more[first.place])] for first in firsts}
    return {place: [row for row in rows if row is not None] for place, rows in found.items()}
