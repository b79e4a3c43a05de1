"""The shop's own people at locations."""

from chalice.app import Blueprint

from chalicelib.runtime.http import endpoint

from . import service
from .rules import LocationNotFound
from .shapes import LocationList, LocationView, location_view

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/admin/locations", permit="inventory:read")
def list_locations() -> LocationList:
    """List locations by priority. · 仓库与门店列表"""
    return LocationList(locations=[location_view(one) for one in service.every()])


@endpoint(bp, "GET", "/v1/admin/locations/{location}", permit="inventory:read", errors=(LocationNotFound,))
def show_location(location: str) -> LocationView:
    """Read a location. · 仓库或门店详情"""
    return location_view(service.find(location))
