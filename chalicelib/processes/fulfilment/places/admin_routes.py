"""The shop's own people describe locations."""

from chalice.app import Blueprint

from chalicelib.kernel.clock import business_day
from chalicelib.records.identity.accounts.rules import RegionNotFound, RegionRetired, RegionTooWide
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import LocationAreaUnknown, LocationInUse, LocationMalformed
from chalicelib.records.inventory.places.shapes import LocationBody, LocationView, location_view
from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from . import service

bp = Blueprint(__name__)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/locations/{location}",
    permit="inventory:edit",
    step_up=True,
    errors=(LocationMalformed, LocationAreaUnknown, LocationInUse, RegionNotFound, RegionRetired, RegionTooWide),
)
def describe_location(location: str, body: LocationBody, work: Work) -> LocationView:
    """Open a location or change it. · 新增或修改仓库、门店

    Its code is two to sixteen of A–Z, 0–9 and -.
    """
    return location_view(service.describe(body.site(location), work), places.orders_of(business_day(work.now)))
