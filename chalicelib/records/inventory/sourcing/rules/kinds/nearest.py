"""The nearest: each SKU comes from the location that has it in the same district, else city, else province; of equals, by
priority. A location that says no area is as far as any."""

from __future__ import annotations

from collections.abc import Sequence

from ....places.rules import Site
from .kind import SkuWish, first_of

LEVELS = (6, 4, 2)  # digits of a region's code that say its district, city and province


def nearest(goods: Sequence[SkuWish], sites: Sequence[Site], region: str) -> dict[str, str]:
    """The nearest that has it."""
    return first_of(goods, sorted(sites, key=lambda one: -shared(one.area, region)))


def shared(area: str, region: str) -> int:
    """How many digits of the smallest region two codes share, whose ends of noughts say nothing: 0 for two provinces."""
    return next((n for n in LEVELS if len(area) >= n <= len(region) and area[:n] == region[:n] and _says(area, n)), 0)


def _says(area: str, digits: int) -> bool:
    """Whether a code says anything at a level: 310000 is all of Shanghai, no district of it."""
    return area[digits - 2 : digits] != "00"
