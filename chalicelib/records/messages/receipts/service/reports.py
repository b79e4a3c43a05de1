"""What was told of messages as facts, without addresses: each is known by its mark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...channels.receiving import ToldReceipt
from ...events import MessagesReported
from ...suppressions.service import mark

PART = 25  # reports in one fact, which is to stay small


def facts(name: str, digest: str, told: Sequence[ToldReceipt]) -> Iterator[MessagesReported]:
    """What was told under one digest as facts of some reports each, without addresses."""
    for start in range(0, len(told), PART):
        reports = [
            [one.outcome, one.reference, one.number, _mark(one), f"{digest[:32]}.{start + n}"]
            for n, one in enumerate(told[start : start + PART])
        ]
        yield MessagesReported(name, reports, 1)


def _mark(one: ToldReceipt) -> str:
    return mark(one.kind, one.address) if one.address else ""
