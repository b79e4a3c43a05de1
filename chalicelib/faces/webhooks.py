"""Webhooks: what providers and carriers tell. A signature is the permit, or an address that nobody else was told; nobody is
known by name."""

from chalice.app import Blueprint

from chalicelib.processes.fulfilment import webhook_routes as fulfilment_routes
from chalicelib.processes.paying import webhook_routes as paying_routes
from chalicelib.runtime.http.face import face

bp = Blueprint(__name__)
handler = face(bp, "webhooks", fulfilment_routes, paying_routes)
