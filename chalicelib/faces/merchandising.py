"""Merchandising: the goods and their prices, offers and coupons, and what a second person agrees to of them."""

from chalice.app import Blueprint

from chalicelib.processes.console.proposals import admin_routes as proposals_routes
from chalicelib.processes.merchandising import admin_routes as merchandising_routes
from chalicelib.processes.merchandising.coupons import admin_routes as coupons_routes
from chalicelib.processes.merchandising.offers import admin_routes as offers_routes
from chalicelib.processes.merchandising.tariffs import admin_routes as tariffs_routes
from chalicelib.processes.merchandising.trials import admin_routes as trials_routes
from chalicelib.records.catalog import admin_routes as catalog_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(
    bp,
    "merchandising",
    catalog_routes,
    coupons_routes,
    merchandising_routes,
    offers_routes,
    proposals_routes,
    tariffs_routes,
    trials_routes,
    told=(signed_in,),
)
