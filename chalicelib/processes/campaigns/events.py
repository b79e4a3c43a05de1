"""Tasks of campaigns: what is due is handed on by shard, then by at most a hundred people."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact, Left

TASK = Left("a task for a worker; what becomes of it is kept where it is done")


class AudienceGiven(Fact, context="campaigns", audit=Audit("shop", "journey")):
    """A member of staff gave a journey a file of people."""

    journey: str
    audience: str


class AudienceDue(Fact, context="campaigns", audit=TASK):
    """The next people of a file, from this byte on, are to enter a journey."""

    journey: str
    audience: str
    first: int


class ArrivalsPageDue(Fact, context="campaigns", audit=TASK):
    """The next who watch a category, or bought in it, behind this person, are told of what is new in it, on this day."""

    category: str
    day: str
    after: str
    by: str = "arrival"


class TouchShardDue(Fact, context="campaigns", audit=TASK):
    """A slot is to be looked through, behind `since` and up to `until`."""

    slot: str
    since: str
    until: str


class TouchBatchDue(Fact, context="campaigns", audit=TASK):
    """People of one slot and one kind are due; `rows` are their places there, a line each."""

    slot: str
    kind: str
    rows: str
