"""Engagement: what people are told and why not, and whatever the shop does so that they come back."""

from chalice.app import Blueprint

from chalicelib.processes.grouping import admin_routes as grouping_routes
from chalicelib.records.messages.suppressions import admin_routes as suppressions_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in

bp = Blueprint(__name__)
handler = face(bp, "engagement", grouping_routes, suppressions_routes, told=(signed_in,))
