"""Addresses that are not written to: told by receipts, by readers, by the shop's own.

Guarantees: an address is kept as its blind index and nothing else, so the list tells nobody's; who lifts a suppression gives a
reason, which is audited. Forgetting a person leaves it: that an address is not to be written to outlives their account.
"""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from ..events import AddressSuppressed, SuppressionLifted
from ..model import SUPPRESSED, SuppressedAddress
from . import steps
from .rules import SuppressionNotFound

BLIND = {"mini": "wechat"}  # a kind of address whose index is another's: an account is known by its open id


def mark(kind: str, address: str) -> str:
    """What an address is known by; the text is normalised already."""
    return f"{kind}#{vault.blind(BLIND.get(kind, kind), address)}"


def scopes(marks: Iterable[str]) -> dict[str, str]:
    """Those of these addresses that are suppressed, and of what; see `rules.silences`."""
    keys = [Key(SuppressedAddress, one, SUPPRESSED) for one in marks]
    rows: list[SuppressedAddress | None] = table.batch(keys, consistent=True)
    return {row.owner: row.scope for row in rows if row is not None}


def suppress(mark: str, why: str, work: Work) -> None:
    """Write an address no more, for a reason of `WHYS`; told again, it counts."""
    read = table.get(SuppressedAddress, mark, SUPPRESSED, consistent=True)
    work.add(steps.suppress(mark, why, work.caller.id, work.now, read))
    work.publish(AddressSuppressed(mark, why))


def lift(mark: str, reason: str, work: Work) -> None:
    """Write to an address again. Raises SuppressionNotFound."""
    if table.get(SuppressedAddress, mark, SUPPRESSED, consistent=True) is None:
        raise SuppressionNotFound()
    work.add(steps.lift(mark))
    work.publish(SuppressionLifted(mark, reason))


def listed(limit: int, cursor: str | None) -> tuple[list[SuppressedAddress], str | None]:
    """Suppressed addresses, the latest first."""
    return table.listed(
        SuppressedAddress, SUPPRESSED, index="by_time", hash_name="g", limit=limit, cursor=cursor, newest_first=True
    )
