"""The shop: browsing, carts, quotes, orders and paying."""

from chalice.app import Blueprint

from chalicelib.processes.checkout import payment_routes
from chalicelib.processes.checkout import routes as checkout_routes
from chalicelib.processes.storefront import order_routes
from chalicelib.processes.storefront import routes as storefront_routes
from chalicelib.records.carts import routes as carts_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(
    bp, "shop", carts_routes, checkout_routes, order_routes, payment_routes, storefront_routes, told=(signed_in,)
)  # fmt: skip
