"""What a policy is asked and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from ....places.rules import Site


class SkuWish(NamedTuple):
    """A SKU of an order: what is available of it at each location, and the locations that can give it whole."""

    sku: str
    available: Mapping[str, int]
    whole: frozenset[str]


class Policy(Protocol):
    """Chooses the location of each SKU that one can give whole; `sites` come by priority, `region` is where it goes ("": nobody
    said)."""

    def __call__(self, goods: Sequence[SkuWish], sites: Sequence[Site], region: str) -> Mapping[str, str]: ...


def having(one: SkuWish, sites: Sequence[Site]) -> list[Site]:
    """The locations that can give a SKU whole, in their order."""
    return [site for site in sites if site.code in one.whole]


def first_of(goods: Sequence[SkuWish], sites: Sequence[Site]) -> dict[str, str]:
    """Of each SKU the first location that can give it whole."""
    return {one.sku: found[0].code for one in goods if (found := having(one, sites))}
