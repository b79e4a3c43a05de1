"""A sheet of a stock-take, composed of stock and a second person's agreement.

Guarantees: a sheet counts whole and once, or not at all; a line counts only while on hand is still what the counter saw;
each difference has its line in the ledger; what is more than one person may move alone waits for a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import StockMoved
from chalicelib.records.proposals import service as proposals
from chalicelib.runtime.work import Work

UNCHANGED, COUNTED, PROPOSED = "unchanged", "counted", "proposed"


class SheetLine(NamedTuple):
    """What lay there by the shop's books when somebody began to count a SKU, and what they counted."""

    sku: str
    seen: int
    counted: int


class TakenLine(NamedTuple):
    """What became of a line: by how much it differed, and which proposal waits for a second person."""

    sku: str
    delta: int
    outcome: str
    proposal: str | None = None


def take(lines: Sequence[SheetLine], reason: str, work: Work) -> list[TakenLine]:
    """Put right what was counted. Raises StockNotFound, and CommitRejected with a StockMoved or StockTooLow of each line
    that does not count any more."""
    rows = inventory.bucket_rows(*(line.sku for line in lines))
    stale: list[Refusal] = [
        StockMoved(sku=line.sku, on_hand=there)
        for line in lines
        if (there := rows[line.sku][0].on_hand or 0) != line.seen
    ]
    if stale:
        raise CommitRejected(stale)
    return [_taken(line, reason, work) for line in lines]


def _taken(line: SheetLine, reason: str, work: Work) -> TakenLine:
    delta = line.counted - line.seen
    if delta == 0:
        return TakenLine(line.sku, 0, UNCHANGED)
    if not inventory.alone(line.sku, delta, work):
        row = proposals.make("stock", line.sku, {"on_hand": line.seen}, {"delta": delta}, reason, work)
        return TakenLine(line.sku, delta, PROPOSED, row.id)
    inventory.count(line.sku, delta, line.seen, reason, work, agreed=False)
    return TakenLine(line.sku, delta, COUNTED)
