"""The shop's own people at locations."""

import re

from chalice.app import Blueprint

from chalicelib.runtime.http import endpoint
from chalicelib.runtime.work import Work

from . import service
from .rules import CODE, LocationAreaUnknown, LocationInUse, LocationMalformed, LocationNotFound, Site
from .shapes import LocationBody, LocationList, LocationView, location_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/locations", permit="inventory:read")
def list_locations() -> LocationList:
    """List locations by priority. · 仓库与门店列表"""
    return LocationList(locations=[location_view(one) for one in service.every()])


@endpoint(bp, "GET", "/v1/admin/locations/{location}", permit="inventory:read", errors=(LocationNotFound,))
def show_location(location: str) -> LocationView:
    """Read a location. · 仓库或门店详情"""
    return location_view(service.find(location))


@endpoint(
    bp,
    "PUT",
    "/v1/admin/locations/{location}",
    permit="inventory:edit",
    step_up=True,
    errors=(LocationMalformed, LocationAreaUnknown, LocationInUse),
)
def describe_location(location: str, body: LocationBody, work: Work) -> LocationView:
    """Open a location or change it. · 新增或修改仓库、门店

    Its code is two to sixteen of A–Z, 0–9 and -.
    """
    if not re.fullmatch(CODE, location):
        raise LocationMalformed()
    return location_view(service.describe(Site(location, **body.model_dump()), work))
