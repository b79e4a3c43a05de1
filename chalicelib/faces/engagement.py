"""Engagement: what people are told and why not, whatever the shop does so that they come back, what they ask, and how they are
looked after."""

from chalice.app import Blueprint

from chalicelib.processes.campaigns import admin_routes as campaigns_routes
from chalicelib.processes.care.aftercare import admin_routes as aftercare_routes
from chalicelib.processes.care.helpdesk import admin_routes as helpdesk_routes
from chalicelib.processes.grouping import admin_routes as grouping_routes
from chalicelib.processes.notifying import admin_routes as notifying_routes
from chalicelib.records.messages.suppressions import admin_routes as suppressions_routes
from chalicelib.records.messages.templates import admin_routes as templates_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(
    bp,
    "engagement",
    aftercare_routes,
    campaigns_routes,
    grouping_routes,
    helpdesk_routes,
    notifying_routes,
    suppressions_routes,
    templates_routes,
    told=(signed_in,),
)
