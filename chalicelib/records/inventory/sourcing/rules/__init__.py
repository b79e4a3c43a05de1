"""From which location each SKU of an order is sent. Pure.

A SKU is sent from one location: several are never put together for one. What nobody has whole is asked of who has most of
it, and refused there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from ...places.rules import Site
from ...rules import LOCATION
from .kinds import KINDS as KINDS
from .kinds.kind import SkuWish, having

MOST_SITES = 3  # that an order is sent from: so many are looked at when it is quoted


def selling(sites: Sequence[Site]) -> tuple[Site, ...]:
    """Of the locations in use those that orders are sent from, by priority: the main one, and the first two of the others that
    sell."""
    ranked = sorted((one for one in sites if one.sells), key=lambda one: (one.priority, one.code))
    others = [one for one in ranked if one.code != LOCATION][: MOST_SITES - 1]
    return tuple(one for one in ranked if one.code == LOCATION or one in others)


def source(
    kind: str, goods: Sequence[SkuWish], sites: Sequence[Site], region: str, full: Collection[str] = ()
) -> dict[str, str]:
    """The location of each SKU, by the policy of this name; `sites` by priority. Those that are `full` send only what no
    other can give whole."""
    free = [one for one in sites if one.code not in full]
    at_free = [one for one in goods if having(one, free)]
    others = [one for one in goods if one not in at_free]
    chosen = {**KINDS[kind](at_free, free, region), **KINDS[kind](others, sites, region)}
    return {one.sku: chosen.get(one.sku) or fullest(one.available, sites) for one in goods}


def fullest(available: Mapping[str, int], sites: Sequence[Site]) -> str:
    """The first of the locations that have most of a SKU."""
    return max(sites, key=lambda one: available[one.code]).code


def covers(goods: Sequence[SkuWish], sites: Sequence[Site]) -> bool:
    """Whether each SKU may be had whole from one of these locations."""
    return all(having(one, sites) for one in goods)
