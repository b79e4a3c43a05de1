"""Publishing tariffs: what they name is there."""

from __future__ import annotations

from chalicelib.records.coupons.service import templates as coupons
from chalicelib.records.identity.accounts.rules import RegionNotFound
from chalicelib.records.identity.accounts.service import regions
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import LocationNotFound
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.rules import NoSuchCarrier
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import SERVICES, areas_of
from chalicelib.runtime.work import Work


def publish(sort: str, tariff_id: str, version: int, work: Work) -> None:
    """Let a tariff hold from now on, if every area, location, carrier and coupon that it names is there.

    Raises RegionNotFound, LocationNotFound, NoSuchCarrier, CouponTemplateNotFound, and as `tariffs.publish`.
    """
    said = tariffs.read(sort, tariff_id, version).document
    for area in areas_of(sort, said):
        if not regions.known(area):
            raise RegionNotFound(region=area)
    if sort == SERVICES:
        if said["location"] not in places.active():
            raise LocationNotFound(location=said["location"])
        if said["carrier"] and said["carrier"] not in CARRIERS:
            raise NoSuchCarrier(carrier=said["carrier"])
        if said["compensation"]:
            coupons.find(said["compensation"])
    tariffs.publish(sort, tariff_id, version, work)
