"""How entries are chained, and how a broken chain shows. Which facts are audited, each says itself (docs/audit.md).

An entry's hash covers its number, the hash before it and all it says. So a changed entry does not fit its own hash, a
removed one leaves a gap, an inserted one has no place: whoever wants to hide something must rewrite all that follows,
and the anchors (heads told elsewhere, daily) contradict that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Conflict

KEPT_DAYS = 400  # at least; entries have no expiry at all
START = ""  # the hash before the first entry


class StaleAuditHead(Conflict):
    zh, en = "审计日志已追加，请重试", "The audit log has grown meanwhile; try again"


class AuditSlotTaken(Conflict):
    zh, en = "审计日志的下一位置已被占用", "The audit log's next place is taken by a foreign row"


class Entry(NamedTuple):
    """One entry as it is hashed. `why` is what it is audited for; `at` when it happened, `noted` when it was chained, epoch
    ms."""

    seq: int
    previous: str
    event: str
    wire: str
    at: int
    actor: str
    subject: str
    data: str
    noted: int
    why: str

    @property
    def hash(self) -> str:
        """SHA-256 over everything above, in this order."""
        return hashlib.sha256(json.dumps(list(self), ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


class Break(NamedTuple):
    """A place where the chain does not hold: altered, missing, unlinked, foreign, or an anchor that disagrees."""

    seq: int
    trouble: str


def canonical(data: Mapping[str, Any]) -> str:
    """A fact's data as the one text that is kept and hashed."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def breaks(
    rows: Iterable[tuple[Entry, str]], first: int, last: int, before: str | None, anchors: Mapping[int, str]
) -> Iterator[Break]:
    """Where the chain from `first` to `last` does not hold, given (entry, stored hash) in rising order.

    `before` is the hash that the first entry must name, if it is known. An entry beyond `last` is foreign.
    """
    due, previous = first, before
    for entry, stored in rows:
        if entry.seq > last or entry.seq < due:
            yield Break(entry.seq, "foreign")
            continue
        for seq in range(due, entry.seq):
            yield Break(seq, "missing")
        if previous is not None and entry.seq == due and entry.previous != previous:
            yield Break(entry.seq, "unlinked")
        if entry.hash != stored:
            yield Break(entry.seq, "altered")
        if anchors.get(entry.seq, stored) != stored:
            yield Break(entry.seq, "anchor")
        due, previous = entry.seq + 1, stored
    for seq in range(due, last + 1):
        yield Break(seq, "missing")
    for seq in anchors:
        if seq > last:
            yield Break(seq, "missing")
