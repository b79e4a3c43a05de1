"""Engagement: how the shop keeps in touch with its customers, and what they ask it."""

from chalice.app import Blueprint

from chalicelib.processes.care.aftercare import admin_routes as aftercare_routes
from chalicelib.processes.care.helpdesk import admin_routes as helpdesk_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(bp, "engagement", aftercare_routes, helpdesk_routes, told=(signed_in,))
