"""The fewest parcels: as few locations as have everything between them; of equally few, by priority."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ....places.rules import Site
from .kind import SkuWish, first_of, having


def fewest_parcels(goods: Sequence[SkuWish], sites: Sequence[Site], region: str) -> dict[str, str]:
    """Those of the smallest group that has all that can be had; there are three at most, so all groups are looked at."""
    there = [one for one in goods if having(one, sites)]
    groups = (group for size in range(1, len(sites) + 1) for group in combinations(sites, size))
    group = next((group for group in groups if all(having(one, group) for one in there)), sites)
    return first_of(there, group)
