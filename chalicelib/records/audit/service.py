"""The audit log's use cases: append, read, verify, anchor.

An append is one transaction: the entry if its place is free, and the head from the entry before to this one. A head that
moved meanwhile is read again. A fact told twice is appended once: the worker's journal row remembers it longer than any
redelivery or resending reaches back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

from chalicelib.kernel.clock import business_day
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.facts import Delivery
from chalicelib.runtime import cursors, observe, table
from chalicelib.runtime.work import AlreadyCommitted, Work

from . import rules, steps
from .events import AuditAnchored
from .model import HEAD, PAGE, Head, Row, page_of
from .rules import START, Break, Entry, StaleAuditHead

SCOPE = "audit"
BROKEN = observe.alarmed("AuditBroken", "The audit log's chain does not hold; somebody changed or removed an entry")
MOST_BREAKS = 100
MOST_VERIFIED = 20_000  # a request's worth; the whole chain is verified by `make audit`
DAYS_BACK = 14  # a job that failed for longer reads the whole chain


class Verification(NamedTuple):
    """How many entries were read from which to which, the head's hash, and where the chain does not hold."""

    first: int
    last: int
    rows: int
    head: str
    breaks: tuple[Break, ...]

    @property
    def holds(self) -> bool:
        return not self.breaks


def append(told: Delivery, work: Work) -> None:
    """Put what was told at the end of the chain, once. Commits, and looks again while others are faster. Raises Overloaded when
    they always were."""
    while True:
        head = end()
        work.add(*steps.chain(head, told, work.now))
        try:
            work.commit()
            return
        except CommitRejected as refused:
            if refused.some(StaleAuditHead):
                work.deadline.wait()
                work = work.retry()
                continue
            observe.count(BROKEN)
            raise


def entry_of(row: Row) -> Entry:
    """A stored row as the entry that was hashed."""
    return Entry(
        row.seq,
        row.previous or "",
        row.event or "",
        row.wire or "",
        row.at or 0,
        row.actor or "",
        row.subject or "",
        row.data or "",
        row.noted or 0,
        row.why or "",
    )


def end() -> Head | None:
    """The head of the chain as it stands, or None before the first entry."""
    return table.get(Head, HEAD, 0, consistent=True)


# ---- reading --------------------------------------------------------------------------------------------------------
def newest(limit: int, cursor: str | None) -> tuple[list[Entry], str | None]:
    """A page of entries, newest first."""
    head = end()
    seq = int(cursors.open_cursor(cursor, SCOPE)["n"]) if cursor else head.last if head is not None else 0
    found: list[Entry] = []
    while seq > 0 and len(found) < limit:
        low = page_of(seq) * PAGE
        rows, _ = table.query(
            Row, page_of(seq), between=("n", low, seq), limit=limit - len(found), newest_first=True, consistent=True
        )
        found += [entry_of(row) for row in rows]
        seq = rows[-1].seq - 1 if rows and len(found) == limit else low - 1
    return found, cursors.seal_cursor({"n": seq}, SCOPE) if seq > 0 else None


def about(subject: str, limit: int, cursor: str | None) -> tuple[list[Entry], str | None]:
    """A page of the entries about one thing (an order, a payment, a person, a SKU …), newest first."""
    return _listed("by_subject", "s", subject, limit, cursor)


def by(actor: str, limit: int, cursor: str | None) -> tuple[list[Entry], str | None]:
    """A page of what one person or worker did, newest first."""
    return _listed("by_actor", "a", actor, limit, cursor)


def _listed(index: str, name: str, value: str, limit: int, cursor: str | None) -> tuple[list[Entry], str | None]:
    rows, more = table.listed(Row, value, index=index, hash_name=name, limit=limit, cursor=cursor, newest_first=True)
    return [entry_of(row) for row in rows], more


# ---- verifying ------------------------------------------------------------------------------------------------------
def verify_stretch(first: int | None, last: int | None) -> Verification:
    """Verify a request's worth of the chain: from entry to entry, or the newest thousand."""
    head = end()
    ends = head.last if head is not None else 0
    begins = first or max(1, (last or ends) - 999)
    whole = last is None and ends - begins < MOST_VERIFIED
    return verify(begins, None if whole else min(last or ends, begins + MOST_VERIFIED - 1))


def verify(first: int = 1, last: int | None = None, anchors: Mapping[int, str] | None = None) -> Verification:
    """Read the chain from entry to entry (by default all of it) and say where it does not hold.

    `anchors` are heads that were told elsewhere (seq -> hash): they contradict a chain that was written anew.
    """
    head = end()
    ends = head.last if head is not None else 0
    upto = ends if last is None else min(last, ends)
    known = dict(anchors or {})
    if head is not None and upto == ends:
        known.setdefault(ends, str(head.hash))
    beyond = (page_of(upto) + 2) * PAGE if last is None else upto  # past the head: what lies there is foreign
    count = 0

    def counted() -> Iterator[tuple[Entry, str]]:
        nonlocal count
        for row in _rows(first, beyond):
            count += row.seq <= upto
            yield entry_of(row), str(row.hash)

    found = list(islice(rules.breaks(counted(), first, upto, _hash_before(first), known), MOST_BREAKS))
    if any(trouble.seq > upto for trouble in found) and (now := end()) is not None:
        grown = range(upto + 1, now.last + 1)  # appended while we read
        found = [trouble for trouble in found if not (trouble.trouble == "foreign" and trouble.seq in grown)]
    return Verification(first, upto, count, str(head.hash) if head is not None else START, tuple(found))


def _hash_before(first: int) -> str | None:
    if first <= 1:
        return START
    row = table.get(Row, page_of(first - 1), first - 1, consistent=True)
    return str(row.hash) if row is not None else None


def _rows(first: int, last: int) -> Iterator[Row]:
    for page in range(page_of(first), page_of(last) + 1):
        yield from table.every(Row, page, between=("n", first, last), consistent=True)


def anchor(work: Work) -> list[Any] | None:
    """Read what was chained since the last anchor, and tell today's head, once a day: as a fact (which is chained in its
    turn), in the journal and in the log, outside the table. A chain that does not hold is counted, which is an alarm.
    Returns the head, for the journal.
    """
    _read_since_the_last_anchor(work)
    head = end()
    if head is None:
        return None
    observe.logger().info("audit anchored", seq=head.last, hash=str(head.hash))
    day = _day(work.now)
    work.with_key(day, fingerprint=day)
    work.publish(AuditAnchored(head.last, str(head.hash)))
    return [head.last, str(head.hash)]


def _read_since_the_last_anchor(work: Work) -> None:
    days = (_day(work.now - timedelta(days=n)) for n in range(1, DAYS_BACK + 1))
    anchors = next(filter(None, (_anchored(day, work) for day in days)), {})
    told = verify(min(anchors, default=1), anchors=anchors)
    if not told.holds:
        observe.logger().error("audit broken", breaks=[f"{one.seq} {one.trouble}" for one in told.breaks])
        observe.count(BROKEN)


def _anchored(day: str, work: Work) -> dict[int, str]:
    """The head that was told on a day, as the journal remembers it; empty when none was."""
    try:
        work.separate().with_key(day, fingerprint=day).raise_if_committed()
    except AlreadyCommitted as done:
        seq, told = json.loads(done.reply or "")
        return {int(seq): str(told)}
    return {}


def _day(at: datetime) -> str:
    return f"{business_day(at):%Y%m%d}"
