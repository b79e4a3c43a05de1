"""By priority: each SKU comes from the first location that has it."""

from __future__ import annotations

from collections.abc import Sequence

from ....places.rules import Site
from .kind import SkuWish, first_of


def priority(goods: Sequence[SkuWish], sites: Sequence[Site], region: str) -> dict[str, str]:
    """The first that has it."""
    return first_of(goods, sites)
