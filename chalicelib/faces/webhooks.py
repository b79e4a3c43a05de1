"""Webhooks: what providers tell. A signature is the permit, and nobody is known by name."""

from chalice.app import Blueprint

from chalicelib.processes.paying import webhook_routes
from chalicelib.runtime.http.face import face

bp = Blueprint(__name__)
handler = face(bp, "webhooks", webhook_routes)
