"""From a rhythm to who is due: the planner names slots, an expander reads one and hands on a hundred people at a time.

Guarantees: a tick is one query a shard; whatever of it is lost or comes twice, a row waits until it was looked at, and the
sweeper looks through the last three days again, and through all since it last ran. Nothing is searched for.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.records.touches import rules
from chalicelib.records.touches import service as touches
from chalicelib.records.touches.rules import BATCH, read_row
from chalicelib.runtime import tasks
from chalicelib.runtime.work import Work

from ..events import TouchBatchDue, TouchShardDue

LOOK_BACK = timedelta(minutes=10)  # of one tick: two rhythms, so that one that was lost is made up for
SWEPT_AGAIN = timedelta(days=3)
PAGE = 500  # rows of a slot in one go
MIDNIGHT, NIGHT = "000000", "235959"


def plan(work: Work) -> None:
    """Have every shard looked through for who has become due."""
    tasks.hand_on(stretches(work.now - LOOK_BACK, work.now), work)


def sweep(work: Work) -> None:
    """Have the last days looked through for what was left, and all since the last time."""
    first = min(work.now - SWEPT_AGAIN, touches.swept() or work.now)
    tasks.hand_on(stretches(first, work.now - LOOK_BACK), work)  # what a planner still looks at was not left
    touches.note_swept(work.now, work)


def stretches(first: datetime, last: datetime) -> list[TouchShardDue]:
    """Every slot of a time, each with the part of its day."""
    begun, ended = rules.slot_of(first, 0)[:8], rules.slot_of(last, 0)[:8]
    return [
        TouchShardDue(
            slot,
            touches.time_of(first) if slot.startswith(begun) else MIDNIGHT,
            touches.time_of(last) if slot.startswith(ended) else NIGHT,
        )
        for slot in rules.slots(first, last)
    ]


def expand(fact: TouchShardDue, work: Work, *, page: int = PAGE) -> None:
    """Hand on who is due in a slot, a page at a time, and then where the next page begins."""
    orders = touches.due(fact.slot, fact.since, fact.until, page)
    kinds: dict[str, list[str]] = {}
    for order in orders:
        kinds.setdefault(read_row(fact.slot, order).kind, []).append(order)
    found: list[TouchBatchDue | TouchShardDue] = [
        TouchBatchDue(fact.slot, kind, "\n".join(rows[first : first + BATCH]))
        for kind, rows in kinds.items()
        for first in range(0, len(rows), BATCH)
    ]
    if len(orders) == page:
        found.append(TouchShardDue(fact.slot, orders[-1], fact.until))
    tasks.hand_on(found, work)
