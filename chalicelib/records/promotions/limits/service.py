"""What limits have left, and in which of their shards an order uses them.

Guarantees: of no limit more is ever used than its cap, whatever was read before (`steps.take` is the condition); while a
limit has room anywhere, `choose` finds it, at one read with the caller's other rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from chalicelib.kernel.bill import CounterUse
from chalicelib.kernel.errors import CommitRejected
from chalicelib.runtime import table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.table import Key

from ..model import PromotionCounter as PromotionCounter  # what batches answer
from ..model import shard_key
from . import rules
from .rules import LimitReached

REMEMBERED_MS = 10_000
_quotas: Recent[tuple[tuple[str, int], ...], Mapping[str, int]] = Recent(REMEMBERED_MS)


class LimitWish(NamedTuple):
    """So many uses of a limit (pieces, orders, or fen of a budget) whose cap is this."""

    key: str
    n: int
    cap: int


def keys(wishes: Iterable[LimitWish]) -> list[Key]:
    """The keys of all their counters, for a batch read together with others' rows."""
    return [
        Key(PromotionCounter, shard_key(wish.key, shard))
        for wish in wishes
        for shard in range(rules.shards_of(wish.key))
    ]


def left(wishes: Sequence[LimitWish], rows: Sequence[PromotionCounter | None]) -> list[int]:
    """What each limit has left, from the rows of `keys` in their order."""
    return [sum(room) for room in _rooms(wishes, rows)]


def quotas(caps: Mapping[str, int]) -> Mapping[str, int]:
    """What is left of the quota of each offer, of which there are so many in all: ten seconds old at most, in one read."""
    return _quotas.recall(tuple(sorted(caps.items())), lambda _: _counted(caps)) if caps else {}


def _counted(caps: Mapping[str, int]) -> Mapping[str, int]:
    wishes = [LimitWish(rules.key_of(offer, rules.TOTAL), 0, cap) for offer, cap in caps.items()]
    return dict(zip(caps, left(wishes, table.batch(keys(wishes))), strict=True))


def choose(
    wishes: Sequence[LimitWish], rows: Sequence[PromotionCounter | None], order_id: str
) -> tuple[CounterUse, ...]:
    """Where an order uses its limits, from the rows of `keys`. Raises CommitRejected with a LimitReached for each that has
    not enough."""
    uses: list[CounterUse] = []
    short: list[LimitReached] = []
    for wish, room in zip(wishes, _rooms(wishes, rows), strict=True):
        found = rules.parts(room, wish.n, crc32(f"{order_id}{wish.key}".encode()))
        uses += [CounterUse(wish.key, n, wish.cap, shard) for shard, n in found]
        if wish.n and not found:
            offer, limit = rules.limit_of(wish.key)
            short.append(LimitReached(offer=offer, limit=limit, left=sum(room)))
    if short:
        raise CommitRejected(short)
    return tuple(uses)


def reshard(uses: Iterable[CounterUse], order_id: str) -> tuple[CounterUse, ...]:
    """The same limits used in shards that have room as they stand, in one read. Raises CommitRejected as `choose`."""
    wished: dict[str, LimitWish] = {}
    for use in uses:
        n = wished[use.key].n if use.key in wished else 0
        wished[use.key] = LimitWish(use.key, n + use.n, use.cap)
    wishes = list(wished.values())
    return choose(wishes, table.batch(keys(wishes), consistent=True), order_id)


def _rooms(wishes: Sequence[LimitWish], rows: Sequence[PromotionCounter | None]) -> list[list[int]]:
    """What each shard of each limit has left."""
    waiting = iter(rows)
    used = [
        [row.used if (row := next(waiting)) is not None else 0 for _ in range(rules.shards_of(wish.key))]
        for wish in wishes
    ]
    return [rules.rooms(wish.key, wish.cap, counts) for wish, counts in zip(wishes, used, strict=True)]
