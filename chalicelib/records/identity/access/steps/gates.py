"""The lines of transactions that count: what may happen so often, and attempts at gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import limits
from chalicelib.runtime.table import Condition, Step, delete, update

from ...model import Count, Lockout
from ..rules import (
    Gate,
    Gated,
    LoginLocked,
)

HOUR, DAY = 3600, 86_400
SHOP_OFFSET = limits.SHOP_OFFSET_MS // 1000


def count(what: str, window: int, most: int, now: datetime, beyond: Refusal) -> Step:
    """One more of something in this window (seconds; days begin at the shop's midnight), while there were fewer than `most`."""
    begun = (int(now.timestamp()) + SHOP_OFFSET) // window * window - SHOP_OFFSET
    return update(
        Count,
        f"{what}|{begun}",
        actions=[Count.number.add(1), Count.expires.set(begun + window + DAY)],
        when=Count.number.does_not_exist() | (Count.number < most),
        otherwise=beyond,
    )


def put_gate(key: str, held: Lockout | None, after: Gate) -> Step:
    """Put what a gate has counted, if it is as it was read."""
    return update(
        Lockout,
        key,
        actions=[
            Lockout.failures.set(after.failures),
            Lockout.closed_until.set(after.closed_until),
            Lockout.forgotten_at.set(after.forgotten_at),
            Lockout.expires.set(after.forgotten_at + DAY),
        ],
        when=_unchanged(held),
        otherwise=LoginLocked(seconds=1),
    )


def take_back(counted: Mapping[Gated, int]) -> list[Step]:
    """Take back what an attempt counted that succeeds: at the account all that came from this very line or device, at the
    address its own."""
    forgiven = max(number for row, number in counted.items() if row.forgets)
    return [
        delete(Lockout, row.key)
        if row.forgets
        else update(Lockout, row.key, actions=[Lockout.failures.add(-forgiven if row.what == "account" else -1)])
        for row in counted
    ]


def open_gates(keys: Iterable[str]) -> list[Step]:
    """Forget what these gates counted."""
    return [delete(Lockout, key) for key in sorted(set(keys))]


def _unchanged(row: Lockout | None) -> Condition:
    return Lockout.failures.does_not_exist() if row is None else Lockout.failures == (row.failures or 0)
