"""What changes stock, described. Quantities in pieces; on hand = available + held + what is kept back - what may be sold
beyond it, always.

A shelf is a SKU at a location: the SKU alone at the main one, `SKU@location` elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.quote import Ahead, Bill
from chalicelib.runtime.table import Action, Condition, Step, delete, insert, update

from . import rules
from .model import FIRST, Movement, Stock, Waiting, bucket_part, place_of, sku_of, waiting_part
from .rules import LOCATION, SYNC, BackorderPostponed, OutOfStock, SaleStopped, StaleStock, TooFewThere


# ---- for orders -----------------------------------------------------------------------------------------------------
def hold(lines: Iterable[tuple[str, int, int]], ahead: Iterable[Ahead] = ()) -> list[Step]:
    """Take each (shelf, bucket, quantity) out of what is available, or say which SKU ran out and what is left. `ahead`: of
    which it was said that they wait, or that they do not though others may; of any other nothing may be sold beyond what lies
    there."""
    said = {
        one.sku: one for one in ahead
    }  # sold beyond what lies there is only at the main location, whose shelf is the SKU
    return [
        update(
            Stock,
            place_of(shelf),
            bucket_part(bucket),
            actions=[Stock.available.add(-quantity), Stock.held.add(quantity)],
            when=_had(quantity, said.get(shelf)) & Stock.closed.does_not_exist(),
            otherwise=_short_of(sku_of(shelf), quantity, said[shelf].until if shelf in said else 0),
        )
        for shelf, bucket, quantity in rules.merged(lines)
    ]


def release(lines: Iterable[tuple[str, int, int]]) -> list[Step]:
    """Give back what was held; the state of the order is the condition, so there is none here."""
    return [
        update(
            Stock,
            place_of(shelf),
            bucket_part(bucket),
            actions=[Stock.available.add(quantity), Stock.held.add(-quantity)],
        )
        for shelf, bucket, quantity in rules.merged(lines)
    ]


def wait(order_id: str, bill: Bill, parts: Iterable[tuple[str, int, int]]) -> list[Step]:
    """An order holds these (shelf, bucket, quantity), too: those that its customer was told to wait for stand in line."""
    return [
        update(Waiting, place_of(sku), waiting_part(order_id), actions=[Waiting.held.add(pieces)])
        for sku, pieces in sorted(bill.awaited(parts).items())
    ]


def wait_less(
    order_id: str, bill: Bill, parts: Iterable[tuple[str, int, int]], held: Iterable[tuple[str, int, int]]
) -> list[Step]:
    """An order holds these no more, of those that it `held`; it leaves the line with the last. That it is as it was read is the
    order's own condition, so there is none here."""
    before = bill.awaited(held)
    return [
        update(Waiting, place_of(sku), waiting_part(order_id), actions=[Waiting.held.add(-pieces)])
        if pieces < before[sku]
        else delete(Waiting, place_of(sku), waiting_part(order_id))
        for sku, pieces in sorted(bill.awaited(parts).items())
    ]


def ship(lines: Iterable[tuple[str, int, int]], at: datetime) -> list[Step]:
    """What was held leaves the warehouse, at each (shelf, bucket, quantity); the parcel is its line in the ledger. Its refusals:
    TooFewThere, and StaleStock where nobody knows of it."""
    return _moved({(sku, bucket): (-quantity, 0) for sku, bucket, quantity in rules.merged(lines)}, at)


class CountedShelf(NamedTuple):
    """Of a SKU's first bucket: as of when it was counted, by what; `whole`: a count tells of all that lies there."""

    seq: int | None
    counted_at: datetime | None
    whole: bool

    def left_out(self, at: datetime) -> bool:
        """Whether the count that was taken does not hold any more what left at this instant."""
        return self.whole and self.counted_at is not None and self.counted_at >= at


def ship_from(
    shelves: Mapping[str, CountedShelf], lines: Iterable[tuple[str, int, int]], at: datetime, movement: str
) -> list[Step]:
    """What was held and set aside has left at this instant, as its warehouse says now: where its count knew of that already, what
    is on hand stays as it was counted, and a line of the ledger says so. Its refusals are those of `ship`."""
    found: list[Step] = []
    pieces = rules.merged(lines)
    for sku, shelf in sorted(shelves.items()):
        mine = {bucket: count for one, bucket, count in pieces if one == sku}
        total, known = sum(mine.values()), shelf.left_out(at)
        seq = Stock.seq == shelf.seq if shelf.seq is not None else Stock.seq.does_not_exist()
        there = seq if known else seq & (Stock.on_hand >= total)
        for bucket, count in sorted(({0: 0} | mine).items()):
            actions: list[Action] = [Stock.held.add(-count), Stock.available.add(count if known else 0)]
            if bucket == 0:
                actions += [*_unacked(total), *([] if known else _left(-total, at))]
            found.append(
                update(
                    Stock,
                    place_of(sku),
                    bucket_part(bucket),
                    actions=actions,
                    when=there if bucket == 0 else None,
                    otherwise=_moved_on(sku, total, shelf.seq) if bucket == 0 else None,
                )
            )
        if known:
            found.append(record(f"{movement}{sku}", place_of(sku), total, SYNC, "warehouse", at))
    return found


def _moved_on(sku: str, wanted: int, seq: int | None) -> Callable[[Stock | None], Refusal]:
    return lambda old: _too_few(sku, wanted)(old) if old is not None and old.seq == seq else StaleStock()


def acknowledge(pieces: Mapping[str, int], at: datetime) -> list[Step]:
    """So many pieces of each SKU are set aside for our orders by who keeps them, who was asked at this instant."""
    return [
        update(Stock, place_of(sku), FIRST, actions=[Stock.acked.add(count), Stock.acked_at.set(at)])
        for sku, count in sorted(pieces.items())
    ]


def unacknowledge(pieces: Mapping[str, int]) -> list[Step]:
    """So many pieces of each SKU are not set aside any more."""
    return [
        update(Stock, place_of(sku), FIRST, actions=_unacked(count)) for sku, count in sorted(pieces.items()) if count
    ]


def _unacked(count: int) -> list[Action]:
    return [Stock.acked.add(-count), Stock.acked_before.add(-count)]


def unship(held: Iterable[tuple[str, int, int]], free: Iterable[tuple[str, int, int]], at: datetime) -> list[Step]:
    """What was to be sent lies in the warehouse again: held as before, or free."""
    pieces = {(sku, bucket): (quantity, 0) for sku, bucket, quantity in rules.merged(held)}
    for sku, bucket, quantity in rules.merged(free):
        pieces[sku, bucket] = (pieces.get((sku, bucket), (0, 0))[0], quantity)
    return _moved(pieces, at)


def _moved(pieces: Mapping[tuple[str, int], tuple[int, int]], at: datetime) -> list[Step]:
    """So many more of each (shelf, bucket) are held, and so many available; all of them are on hand, which its first bucket
    says, as it says what left: who counts may not know of that yet."""
    moved: dict[str, int] = {}
    for (sku, _), (held, free) in pieces.items():
        moved[sku] = moved.get(sku, 0) + held + free
    rows = {**{(sku, 0): (0, 0) for sku in moved}, **pieces}
    return [
        update(
            Stock,
            place_of(sku),
            bucket_part(bucket),
            actions=[
                Stock.held.add(held),
                Stock.available.add(free),
                *(_left(moved[sku], at) if bucket == 0 else ()),
            ],
            when=Stock.on_hand >= max(0, -moved[sku]) if bucket == 0 else None,
            otherwise=_too_few(sku, -moved[sku]) if bucket == 0 else None,
        )
        for (sku, bucket), (held, free) in sorted(rows.items())
    ]


def _too_few(shelf: str, wanted: int) -> Callable[[Stock | None], Refusal]:
    return lambda old: (
        StaleStock() if old is None else TooFewThere(sku=sku_of(shelf), there=old.on_hand or 0, wanted=wanted)
    )


def _left(moved: int, at: datetime) -> list[Action]:
    return [Stock.on_hand.add(moved), Stock.sent.add(-moved), Stock.sent_at.set(at)]


def _had(quantity: int, ahead: Ahead | None) -> Condition:
    """So many pieces can be had as it was said: later, or of what lies there."""
    spare = ahead.spare if ahead is not None else 0
    when: Condition = Stock.available >= quantity + spare
    if ahead is None:
        when &= Stock.beyond.does_not_exist()
    elif ahead.until:  # who was told a day is not sent later: what is sold by a later one by now is another matter
        when &= Stock.beyond.exists() & (Stock.due_at <= instant(ahead.until))
    else:
        when &= Stock.beyond == spare
    return when


def _short_of(sku: str, quantity: int, until: int) -> Callable[[Stock | None], Refusal]:
    def meaning(old: Stock | None) -> Refusal:
        if old is not None and old.closed:
            return SaleStopped(sku=sku)
        if until and old is not None and old.beyond and (old.available or 0) >= quantity:
            return BackorderPostponed(sku=sku)
        promised = 0 if old is None or until else old.beyond or 0
        return OutOfStock(sku=sku, left=max(0, (old.available or 0) - promised) if old is not None else 0)

    return meaning


# ---- for the shop ---------------------------------------------------------------------------------------------------
def receive(
    sku: str, quantity: int, *, buckets: int = 1, stop: str | None = None, location: str = LOCATION
) -> list[Step]:
    """The first stock of a new SKU, spread over its buckets; closed when there is a reason not to sell it yet."""
    place = place_of(sku, location)
    first, *more = [
        Stock(place, bucket_part(i), available=part, held=0, buckets=buckets, closed=stop)
        for i, part in enumerate(rules.spread(quantity, buckets))
    ]
    first.on_hand = first.first = quantity
    return [insert(row, StaleStock()) for row in (first, *more)]


def keep_back(place: str, buckets: Sequence[int], kept: int, pieces: int) -> list[Step]:
    """Of a SKU at a location so many pieces are not sold, where so many were not, and these were available in its buckets. What
    is not there now is kept back as it comes."""
    parts = rules.taken_from(buckets, kept - pieces)
    as_read: Condition = Stock.on_hand.exists()
    as_read &= Stock.kept == kept if kept else Stock.kept.does_not_exist()
    return [
        update(
            Stock,
            place,
            bucket_part(bucket),
            actions=[
                *([Stock.available.add(part)] if part else []),
                *([Stock.kept.set(pieces) if pieces else Stock.kept.remove()] if bucket == 0 else []),
            ],
            when=_keepable(part, buckets[bucket], as_read if bucket == 0 else None),
            otherwise=StaleStock(),
        )
        for bucket, part in enumerate(parts)
        if part or bucket == 0
    ]


def sell_beyond(first: Stock, pieces: int, due_at: datetime | None) -> Step:
    """From now on so many pieces of a SKU may be sold beyond what lies there, whose one bucket is as it was read (none: in
    however many)."""
    before = first.beyond or 0
    as_read: Condition = Stock.buckets == (1 if pieces else first.buckets)
    as_read &= Stock.beyond == before if before else Stock.beyond.does_not_exist()
    terms: list[Action] = [
        Stock.beyond.set(pieces) if pieces else Stock.beyond.remove(),
        Stock.due_at.set(due_at) if due_at is not None and pieces else Stock.due_at.remove(),
    ]
    moved = [Stock.available.add(pieces - before)] if pieces != before else []
    return update(Stock, first.place, FIRST, actions=[*terms, *moved], when=as_read, otherwise=StaleStock())


def _keepable(part: int, available: int, as_read: Condition | None) -> Condition:
    """A bucket gives what is taken out of it as it was read, where it has it."""
    there = Stock.available >= min(-part, available)
    found: Condition = there if as_read is None else there & as_read
    return found


def set_stops(rows: Mapping[str, Sequence[Stock]], stops: Mapping[str, str | None]) -> list[Step]:
    """Stop each SKU's sale for a reason, or open it (None), in every bucket of all its shelves or in none; the rows are all
    these buckets."""
    return [
        step
        for sku, stop in stops.items()
        for shelf in rows
        if sku_of(shelf) == sku
        for step in _set_stop(rows[shelf], stop)
    ]


def _set_stop(rows: Sequence[Stock], stop: str | None) -> list[Step]:
    action = Stock.closed.remove() if stop is None else Stock.closed.set(stop)
    same = Stock.buckets == rows[0].buckets  # there are still just these buckets
    return [
        update(
            Stock,
            row.place,
            row.part,
            actions=[action],
            when=same & _nowhere_else(row) if row.part == FIRST else same,
            otherwise=StaleStock(),
        )
        for row in rows
    ]


def _nowhere_else(main: Stock) -> Condition:
    """Nothing of a SKU was counted anywhere since this was read."""
    return Stock.elsewhere == main.elsewhere if main.elsewhere else Stock.elsewhere.does_not_exist()


def open_elsewhere(main: Stock, location: str) -> Step:
    """A SKU has a shelf at another location, whose sale is stopped or open as the main one's was read."""
    return update(
        Stock,
        main.place,
        main.part,
        actions=[Stock.elsewhere.add({location})],
        when=_same_sale(main.closed),
        otherwise=StaleStock(),
    )


def count(
    sku: str, changes: Mapping[int, int], seen: int, spared: int = 0, kept: int = 0, beyond: int = 0
) -> list[Step]:
    """Put pieces into buckets, or take them out of what is available in them, provided that what is on hand is still what was
    seen. So many of those taken from the first are `spared`: they are taken of the safety stock that is `kept` back. What is
    available `beyond` what lies there is nothing that could be taken out."""
    moved = sum(changes.values())
    return [
        update(
            Stock,
            place_of(sku),
            bucket_part(bucket),
            actions=[Stock.available.add(change), *([Stock.on_hand.add(moved)] if bucket == 0 else [])],
            when=_countable(change + spared, seen, kept, beyond) if bucket == 0 else _countable(change),
            otherwise=StaleStock(),
        )
        for bucket, change in sorted({0: 0, **changes}.items())
    ]


def _countable(change: int, seen: int | None = None, kept: int = 0, beyond: int = 0) -> Condition:
    """A bucket is there, gives what is taken out of it, and says of what is on hand, kept back and sold beyond that what was
    seen."""
    there: Condition = Stock.available >= beyond - change if change < 0 else Stock.available.exists()
    if seen is None:
        return there
    there &= Stock.on_hand == seen
    there &= Stock.kept == kept if kept else Stock.kept.does_not_exist()
    there &= Stock.beyond == beyond if beyond else Stock.beyond.does_not_exist()
    return there


def record(
    movement_id: str, place: str, delta: int, reason: str, actor: str, at: datetime, *, agreed: bool = False
) -> Step:
    """Keep a change of what is on hand with its reason; `agreed`: by a second person."""
    row = Movement(place, f"m#{movement_id}", delta=delta, reason=reason, actor=actor, at=at, agreed=agreed or None)
    return insert(row, StaleStock())


def add_bucket(sku: str, bucket: int, pieces: int, buckets: int, closed: str | None) -> Step:
    """One more bucket of a SKU that has so many of them from now on."""
    row = Stock(place_of(sku), bucket_part(bucket), available=pieces, held=0, buckets=buckets, closed=closed)
    return insert(row, StaleStock())


def refill(row: Stock, pieces: int, buckets: int, closed: str | None) -> Step:
    """Give a bucket, as it was read, another share of what is available."""
    return update(
        Stock,
        row.place,
        row.part,
        actions=[Stock.available.set(pieces), Stock.buckets.set(buckets)],
        when=(Stock.available == (row.available or 0)) & _same_sale(closed) & _same_terms(row),
        otherwise=StaleStock(),
    )


def _same_terms(row: Stock) -> Condition:
    return Stock.beyond == row.beyond if row.beyond else Stock.beyond.does_not_exist()


def _same_sale(closed: str | None) -> Condition:
    return Stock.closed == closed if closed else Stock.closed.does_not_exist()
