"""How soon goods can be somewhere: what the delivery services promise for an order that is made now.

Guarantees: two items are read, in one round trip; the services are those of ten seconds ago at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.bill import MAIN
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.identity.accounts.rules import RegionNotFound
from chalicelib.records.identity.accounts.service import regions
from chalicelib.records.inventory import service as inventory
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.service import DeliveryOption
from chalicelib.runtime import table

from ..rules import STANDARD, ServiceNotOffered
from .carriage import carriage, undelivered


class DeliveryPromise(NamedTuple):
    """Whether a SKU is sent to a place at all, whether there is any, and how soon it can be there, a way a service."""

    deliverable: bool
    available: bool
    options: Sequence[DeliveryOption]


def promise(sku: str, region: str, now: datetime) -> DeliveryPromise:
    """How soon a SKU can be at a place. Raises RegionNotFound, SkuNotFound."""
    if not regions.known(region):
        raise RegionNotFound(region=region)
    row, stock = table.batch([catalog.key(sku), inventory.key(sku)])
    if not catalog.seen(row):
        raise SkuNotFound(sku=sku)
    deliverable = undelivered(row, carriage([row.freight], region), region) is None
    level = inventory.levels([sku], [stock])[sku]
    available = catalog.offered(row) and not level.closed and level.here > 0
    found = tariffs.options(region, MAIN, now) if deliverable and available else []
    return DeliveryPromise(deliverable, available, found)


def chosen(service: str, region: str | None, now: datetime, *, instead: bool = False) -> DeliveryOption | None:
    """What a service promises for an order to a place that is made now; None where standard promises nothing. `instead`: what
    is not to be had gives way to standard. Raises ServiceNotOffered."""
    found = {one.service: one for one in tariffs.options(region, MAIN, now)} if region else {}
    if service not in found and service != STANDARD and not instead:
        raise ServiceNotOffered(service=service)
    return found.get(service) or found.get(STANDARD)
