"""The staff: what is done in the console and beside it, the documents, and what the local shop says of itself.

Chalice makes one function of the API whether it is asked to or not: this is it.
"""

from chalice.app import Blueprint

from chalicelib.processes.console import admin_routes as console_routes
from chalicelib.processes.console import routes as document_routes
from chalicelib.processes.fulfilment import admin_routes as fulfilment_routes
from chalicelib.processes.fulfilment.warehousing import admin_routes as warehousing_routes
from chalicelib.processes.ordering.staff import admin_routes as ordering_routes
from chalicelib.processes.pages import admin_routes as pages_routes
from chalicelib.processes.paying import admin_routes as paying_routes
from chalicelib.processes.refunding import admin_routes as refunding_routes
from chalicelib.records.audit import admin_routes as audit_routes
from chalicelib.records.identity.staff import admin_routes as people_routes
from chalicelib.runtime.http.face import STAFF, face

from .callers import signed_in, workers_known
from .codes import by_message

bp = Blueprint(__name__)
handler = face(
    bp,
    STAFF,
    audit_routes,
    console_routes,
    document_routes,
    fulfilment_routes,
    ordering_routes,
    pages_routes,
    paying_routes,
    people_routes,
    refunding_routes,
    warehousing_routes,
    told=(signed_in, by_message, workers_known),
)
