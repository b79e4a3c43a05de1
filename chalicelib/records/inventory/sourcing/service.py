"""What lies at the locations that orders are sent from, read with others' rows, and from which of them each SKU is sent.

Guarantees: which locations sell is known from ten seconds ago at most, and a shop with one reads what it read with none; what is
told to a shopper of a SKU is what the fullest of them has, since one order takes a SKU from one location.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.kernel.bill import shelf_of
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key

from .. import service as stock
from ..model import Stock
from ..places import service as places
from ..places.rules import Site
from ..service import StockLevel
from . import rules
from .rules.kinds.kind import SkuWish as SkuWish

POLICY = settings.declare(
    "SOURCING",
    "priority",
    "from which location each SKU of an order is sent: priority, nearest or fewest_parcels",
    form=settings.choice(*rules.KINDS),
)
Levels = Mapping[str, Mapping[str, StockLevel]]  # by SKU and location


def selling() -> tuple[Site, ...]:
    """The locations that orders are sent from, by priority; three at most, and ten seconds old at most."""
    return rules.selling(list(places.active().values()))


def sells(location: str) -> bool:
    """Whether orders are sent from a location."""
    return any(one.code == location for one in selling())


def keys(sku: str, sites: Sequence[Site]) -> list[Key]:
    """The keys of a SKU's first bucket at each of these locations."""
    return [stock.key(shelf_of(sku, one.code)) for one in sites]


def levels(
    skus: Sequence[str], sites: Sequence[Site], firsts: Sequence[Stock | None]
) -> dict[str, dict[str, StockLevel]]:
    """What lies at each of these locations, from the rows of `keys`, one SKU after the other."""
    shelves = [shelf_of(sku, one.code) for sku in skus for one in sites]
    found = stock.levels(shelves, firsts)
    return {sku: {one.code: found[shelf_of(sku, one.code)] for one in sites} for sku in skus}


def most(skus: Sequence[str], sites: Sequence[Site], firsts: Sequence[Stock | None]) -> dict[str, StockLevel]:
    """What the fullest of these locations has of each SKU, from the rows of `keys`."""
    return {sku: fullest(there) for sku, there in levels(skus, sites, firsts).items()}


def read_most(skus: Sequence[str]) -> dict[str, StockLevel]:
    """What the fullest of the locations that sell has of each SKU, as it stands."""
    sites = selling()
    wanted = [key for sku in skus for key in keys(sku, sites)]
    return most(skus, sites, table.batch(wanted, consistent=True))


def fullest(there: Mapping[str, StockLevel]) -> StockLevel:
    """Of what lies at several locations what most can be had of at once, else later."""
    return max(there.values(), key=lambda one: (not one.closed, one.here, one.left))


def choose(goods: Sequence[SkuWish], sites: Sequence[Site], region: str, now: datetime) -> dict[str, str]:
    """The location that each SKU is sent from; one that has orders enough for the day is asked last."""
    if len(sites) == 1:
        return {one.sku: sites[0].code for one in goods}
    return rules.source(settings.value(POLICY), goods, sites, region, places.full(now))
