"""What changes shelves, described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from chalicelib.runtime.table import Action, Condition, Step, check, update

from .model import SHELF, DaySold, ShelfRow, day_part, shard_of
from .rules import ShelfMoved
from .rules.alerts import FINE, AlertState
from .rules.forecast import Forecast
from .rules.reorder import Need, SupplyTerms


class Look(NamedTuple):
    """What somebody saw who looked at a shelf, and what follows from it."""

    state: AlertState
    available: int
    needed: Need
    at: datetime


def sold(pieces: Mapping[str, int], day: str) -> list[Step]:
    """So many pieces more were sold from each place on a day."""
    return [
        update(DaySold, place, day_part(day), actions=[DaySold.pieces.add(count)])
        for place, count in sorted(pieces.items())
    ]


def lost(place: str, day: str) -> Step:
    """A day began without stock."""
    return update(DaySold, place, day_part(day), actions=[DaySold.lost.set(True)])


def look(place: str, seen: ShelfRow | None, now: Look) -> Step:
    """Where a shelf stands, provided that nobody looked at it since it was read."""
    return _look(place, seen, now)


def fold(place: str, seen: ShelfRow, now: Look, weeks: str, until: str, expected: Forecast) -> Step:
    """The same, with what was sold before a Monday, and what follows from it."""
    return _look(
        place,
        seen,
        now,
        ShelfRow.weeks.set(weeks),
        ShelfRow.until.set(until),
        ShelfRow.mean.set(round(expected.mean * 1000)),
        ShelfRow.variance.set(round(expected.variance * 1000)),
    )


def supply(place: str, seen: ShelfRow, now: Look, terms: SupplyTerms | None) -> Step:
    """The same, with how a person wants it supplied; None: as all are."""
    said = ShelfRow.terms.remove() if terms is None else ShelfRow.terms.set(json.dumps(terms._asdict()))
    return _look(place, seen, now, said)


def unmoved(seen: ShelfRow) -> Step:
    """Nobody looked at a shelf, or said how it is supplied, since it was read."""
    return check(ShelfRow, seen.place, SHELF, when=_same(seen), otherwise=ShelfMoved())


def _look(place: str, seen: ShelfRow | None, now: Look, *more: Action) -> Step:
    state = now.state
    level = ShelfRow.level.remove() if state.level == FINE else ShelfRow.level.set(state.level)
    moved = seen is None or (seen.level or FINE) != state.level
    actions = [
        *([ShelfRow.shard.set(shard_of(place))] if seen is None else []),
        ShelfRow.available.set(now.available),
        ShelfRow.told.set(state.told),
        ShelfRow.seen_at.set(now.at),
        ShelfRow.reorder_point.set(now.needed.reorder_point),
        ShelfRow.safety.set(now.needed.safety),
        ShelfRow.order_up_to.set(now.needed.order_up_to),
        *([level] if moved else []),  # what no index holds costs no index
        *([ShelfRow.told_at.set(state.told_at)] if state.told_at is not None else []),
        ShelfRow.version.add(1),
        *more,
    ]
    return update(ShelfRow, place, SHELF, actions=actions, when=_same(seen), otherwise=ShelfMoved())


def _same(seen: ShelfRow | None) -> Condition:
    return ShelfRow.version.does_not_exist() if seen is None else ShelfRow.version == seen.version
