"""The shop: browsing, carts, quotes, orders and paying."""

from chalice.app import Blueprint

from chalicelib.processes.ordering import routes as ordering_routes
from chalicelib.processes.paying import routes as paying_routes
from chalicelib.processes.storefront import routes as storefront_routes
from chalicelib.records.coupons import routes as coupons_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(
    bp,
    "shop",
    coupons_routes,
    ordering_routes,
    paying_routes,
    storefront_routes,
    told=(signed_in,),
)
