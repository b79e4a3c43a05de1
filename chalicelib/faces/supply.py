"""Supply: the stock, where it lies and who counts it, how much of it is to lie there, and what is bought for a season."""

from chalice.app import Blueprint

from chalicelib.processes.fulfilment.places import admin_routes as describing_routes
from chalicelib.processes.replenishing import admin_routes as replenishing_routes
from chalicelib.processes.replenishing.seasons import admin_routes as seasons_routes
from chalicelib.processes.replenishing.takes import admin_routes as takes_routes
from chalicelib.records.inventory import admin_routes as inventory_routes
from chalicelib.records.inventory.feeds import admin_routes as feeds_routes
from chalicelib.records.inventory.files import admin_routes as files_routes
from chalicelib.records.inventory.places import admin_routes as places_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(
    bp,
    "supply",
    describing_routes,
    feeds_routes,
    files_routes,
    inventory_routes,
    places_routes,
    replenishing_routes,
    seasons_routes,
    takes_routes,
    told=(signed_in,),
)
