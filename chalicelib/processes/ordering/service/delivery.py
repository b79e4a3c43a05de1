"""How soon goods can be somewhere: what the delivery services promise for an order that is made now.

Guarantees: a SKU and its stock where it is sold from are read, in one round trip; the services are those of ten seconds ago at
most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.identity.accounts.rules import RegionNotFound
from chalicelib.records.identity.accounts.service import regions
from chalicelib.records.inventory.places.rules import Site
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.inventory.sourcing.service import Levels
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import KINDS
from chalicelib.records.tariffs.service import DeliveryOption
from chalicelib.runtime import table

from ..rules import STANDARD, ServiceNotOffered
from .carriage import carriage, undelivered
from .find_location import find_locations


class DeliveryPromise(NamedTuple):
    """Whether a SKU is sent to a place at all, whether there is any, and how soon it can be there, a way a service."""

    deliverable: bool
    available: bool
    options: Sequence[DeliveryOption]


def promise(sku: str, region: str, now: datetime) -> DeliveryPromise:
    """How soon a SKU can be at a place. Raises RegionNotFound, SkuNotFound."""
    if not regions.known(region):
        raise RegionNotFound(region=region)
    sites = sourcing.selling()
    row, *stock = table.batch([catalog.key(sku), *sourcing.keys(sku, sites)])
    if not catalog.seen(row):
        raise SkuNotFound(sku=sku)
    deliverable = undelivered(row, carriage([row.freight], region), region) is None
    lying = sourcing.levels([sku], sites, stock)
    level = sourcing.fullest(lying[sku])
    available = catalog.offered(row) and not level.closed and level.here > 0
    found = _from_its_locations(sku, lying, sites, region, now) if deliverable and available else []
    return DeliveryPromise(deliverable, available, found)


def _from_its_locations(
    sku: str, lying: Levels, sites: Sequence[Site], region: str, now: datetime
) -> list[DeliveryOption]:
    """Each service as the location promises it that an order of one piece by this service would be sent from."""
    by_code = {one.code: one for one in sites}
    found = []
    for service in KINDS:
        site = by_code[find_locations({sku: 1}, lying, sites, service, region, now)[sku]]
        found += [one for one in _options(region, site, now) if one.service == service]
    return found


def chosen(
    service: str, region: str | None, sites: Sequence[Site], now: datetime, *, instead: bool = False
) -> DeliveryOption | None:
    """What a service promises for an order that is made now and goes to a place from these locations, all of it; None where
    standard promises nothing. `instead`: what is not to be had gives way to standard. Raises ServiceNotOffered."""
    found = _from_all(region, sites, now) if region else {}
    if service not in found and service != STANDARD and not instead:
        raise ServiceNotOffered(service=service)
    return found.get(service) or found.get(STANDARD)


def _options(region: str, site: Site, now: datetime) -> list[DeliveryOption]:
    return tariffs.options(region, site.code, now, site.cutoff)


def _from_all(region: str, sites: Sequence[Site], now: datetime) -> dict[str, DeliveryOption]:
    """The services that go there from each of these locations: as late as the latest, and as dear as the dearest of them."""
    ways = [{one.service: one for one in _options(region, site, now)} for site in sites]
    return {name: _together([way[name] for way in ways]) for name in ways[0] if all(name in way for way in ways)}


def _together(ways: Sequence[DeliveryOption]) -> DeliveryOption:
    last = max(ways, key=lambda one: one.promised_at)
    return last._replace(latest=min(one.latest for one in ways), fee=max(one.fee for one in ways))
