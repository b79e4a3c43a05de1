"""The account: signing in, one's own data and what is taken along of it, one's groups, parcels under way, what one
watches and asks, and the page to come back to."""

from chalice.app import Blueprint

from chalicelib.processes.care.aftercare import routes as aftercare_routes
from chalicelib.processes.care.helpdesk import routes as helpdesk_routes
from chalicelib.processes.care.watches import routes as watches_routes
from chalicelib.processes.fulfilment import routes as fulfilment_routes
from chalicelib.processes.grouping import routes as grouping_routes
from chalicelib.processes.notifying import routes as notifying_routes
from chalicelib.processes.pages import routes as pages_routes
from chalicelib.processes.privacy import routes as privacy_routes
from chalicelib.records.identity.self import routes as self_routes
from chalicelib.records.identity.sign_in import routes as sign_in_routes
from chalicelib.records.messages.claims import routes as claims_routes
from chalicelib.records.messages.inbox import routes as inbox_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in
from .codes import by_message

bp = Blueprint(__name__)
handler = face(
    bp,
    "account",
    aftercare_routes,
    fulfilment_routes,
    grouping_routes,
    helpdesk_routes,
    claims_routes,
    inbox_routes,
    notifying_routes,
    pages_routes,
    privacy_routes,
    self_routes,
    sign_in_routes,
    watches_routes,
    told=(signed_in, by_message),
)
