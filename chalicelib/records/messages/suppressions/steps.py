"""The lines of transactions that suppress an address, and lift that."""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime import table
from chalicelib.runtime.table import Step

from ..model import SUPPRESSED, SuppressedAddress
from .rules import SuppressionChanged, SuppressionNotFound, scope


def suppress(mark: str, why: str, by: str, at: datetime, read: SuppressedAddress | None) -> Step:
    """Write an address no more; each time it is told is counted."""
    row = SuppressedAddress(
        mark,
        SUPPRESSED,
        scope=scope(why, read.scope if read is not None else None),
        why=why,
        by=by,
        times=(read.times if read is not None else 0) + 1,
        group=SUPPRESSED,
        listed=at,
    )
    when = SuppressedAddress.owner.does_not_exist() if read is None else SuppressedAddress.times == read.times
    return table.put(row, when, SuppressionChanged())


def lift(mark: str) -> Step:
    """An address is written to again."""
    return table.delete(
        SuppressedAddress, mark, SUPPRESSED, when=SuppressedAddress.owner.exists(), otherwise=SuppressionNotFound()
    )
