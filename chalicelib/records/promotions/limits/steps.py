"""The lines of the transactions that place and close orders, about the limits of offers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chalicelib.kernel.bill import CounterUse
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Condition, Step, update

from ..model import PromotionCounter, shard_key
from . import rules
from .rules import LimitReached


def take(uses: Iterable[CounterUse]) -> list[Step]:
    """Use so many of each limit, as far as its shard has them. Its refusal: LimitReached, with what the shard has left."""
    return [
        update(
            PromotionCounter,
            shard_key(use.key, use.shard),
            actions=[
                PromotionCounter.used.add(use.n),
                *([PromotionCounter.expires.set(gone)] if (gone := rules.expiry_of(use.key)) is not None else []),
            ],
            when=_within(use),
            otherwise=_reached(use),
        )
        for use in _merged(uses)
    ]


def give_back(uses: Iterable[CounterUse]) -> list[Step]:
    """Give each limit back what was used, where it was used; the state of the order is the condition, so there is none."""
    return [
        update(PromotionCounter, shard_key(use.key, use.shard), actions=[PromotionCounter.used.add(-use.n)])
        for use in _merged(uses)
    ]


def _within(use: CounterUse) -> Condition:
    most = rules.share(use.key, use.cap, use.shard) - use.n
    room: Condition = PromotionCounter.used <= most
    return room if most < 0 else PromotionCounter.used.does_not_exist() | room


def _reached(use: CounterUse) -> Callable[[PromotionCounter | None], Refusal]:
    offer, limit = rules.limit_of(use.key)

    def meaning(old: PromotionCounter | None) -> Refusal:
        used = old.used if old is not None else 0
        return LimitReached(offer=offer, limit=limit, left=max(0, rules.share(use.key, use.cap, use.shard) - used))

    return meaning


def _merged(uses: Iterable[CounterUse]) -> list[CounterUse]:
    """One use a shard: DynamoDB takes one action an item."""
    summed: dict[tuple[str, int], CounterUse] = {}
    for use in uses:
        former = summed.get((use.key, use.shard))
        summed[use.key, use.shard] = use if former is None else use._replace(n=former.n + use.n)
    return list(summed.values())
