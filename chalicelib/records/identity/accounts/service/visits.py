"""When people came last: who signs in or has a session refreshed was there, to the hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.table import Key

from ...model import ACCOUNT, Account


class Visit(NamedTuple):
    """Somebody with an account: when they came last, whether they are about to leave, whether they are under age."""

    last: datetime
    leaving: bool
    minor: bool


def latest(people: Sequence[str], *, consistent: bool = False) -> dict[str, Visit]:
    """The last visit of each of these who has an account that is open."""
    rows = table.batch([Key(Account, one, ACCOUNT) for one in people], consistent=consistent)
    return {
        row.owner: Visit(datetime.fromtimestamp(row.seen_at, UTC), row.leaving_at is not None, bool(row.minor))
        for row in rows
        if row is not None and row.state == "active" and row.seen_at is not None
    }
