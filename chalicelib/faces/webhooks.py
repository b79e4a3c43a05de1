"""Webhooks: what providers, carriers and sources of stock tell. A signature is the permit, or an address that nobody else was
told; nobody is known by name."""

from chalice.app import Blueprint

from chalicelib.processes.fulfilment import webhook_routes as fulfilment_routes
from chalicelib.processes.grouping import webhook_routes as grouping_routes
from chalicelib.processes.paying import webhook_routes as paying_routes
from chalicelib.records.inventory.feeds import webhook_routes as feeds_routes
from chalicelib.records.messages.receipts import webhook_routes as receipts_routes
from chalicelib.runtime.http.face import face

bp = Blueprint(__name__)
handler = face(bp, "webhooks", feeds_routes, fulfilment_routes, grouping_routes, paying_routes, receipts_routes)
