"""The composition root: one Chalice app, the blueprints of every context; no logic."""

import jwt  # noqa: F401  # nearly every first request shows a token: what verifies it is read while the function starts
from chalice.app import CORSConfig

from chalicelib.processes.console import admin_routes as console_admin_routes
from chalicelib.processes.console import consumers as console_consumers
from chalicelib.processes.console import routes as console_routes
from chalicelib.processes.merchandising import admin_routes as merchandising_admin_routes
from chalicelib.processes.notifying import consumers as notifying_consumers
from chalicelib.processes.ordering import admin_routes as ordering_admin_routes
from chalicelib.processes.ordering import consumers as ordering_consumers
from chalicelib.processes.ordering import routes as ordering_routes
from chalicelib.processes.paying import admin_routes as paying_admin_routes
from chalicelib.processes.paying import consumers as paying_consumers
from chalicelib.processes.paying import routes as paying_routes
from chalicelib.processes.paying import webhook_routes
from chalicelib.processes.privacy import consumers as privacy_consumers
from chalicelib.processes.privacy import routes as privacy_routes
from chalicelib.processes.refunding import admin_routes as refunding_admin_routes
from chalicelib.processes.storefront import routes as storefront_routes
from chalicelib.records.audit import consumers as audit_consumers
from chalicelib.records.audit import routes as audit_routes
from chalicelib.records.carts import routes as carts_routes
from chalicelib.records.catalog import admin_routes as catalog_admin_routes
from chalicelib.records.catalog import routes as catalog_routes
from chalicelib.records.identity.access.rules import SessionEnded, TokenInvalid
from chalicelib.records.identity.access.service import identify, standing
from chalicelib.records.identity.access.service.verification_codes import use_sender
from chalicelib.records.identity.self import routes as me_routes
from chalicelib.records.identity.sign_in import routes as auth_routes
from chalicelib.records.identity.staff import admin_routes as people_routes
from chalicelib.records.inventory import admin_routes as inventory_routes
from chalicelib.records.messages import routes as messages_routes
from chalicelib.records.messages.service import AddressBusy, AddressRefused, send
from chalicelib.records.payments import consumers as payments_consumers
from chalicelib.runtime import consumers as house
from chalicelib.runtime.http import App, use_identity

app = App(app_name="jishi", configure_logs=False)
app.api.binary_types = []  # the gateway passes all bytes on (infra/derive.py), whatever a client says that it accepts
app.api.cors = CORSConfig(
    allow_origin="*",
    allow_headers=["Authorization", "Idempotency-Key", "If-Match", "If-None-Match", "X-Device", "X-Terminal"],
    expose_headers=["ETag", "Idempotency-Replayed", "Retry-After"],
    max_age=600,
)
for part in (
    house, audit_consumers, audit_routes, auth_routes, carts_routes, catalog_admin_routes, catalog_routes,
    console_consumers, console_routes,
    inventory_routes, me_routes, messages_routes, notifying_consumers, ordering_admin_routes,
    ordering_consumers, ordering_routes, paying_admin_routes, paying_consumers, paying_routes,
    payments_consumers, people_routes, privacy_consumers, privacy_routes, console_admin_routes, refunding_admin_routes,
    merchandising_admin_routes, storefront_routes, webhook_routes,
):  # fmt: skip
    app.register_blueprint(part.bp)

use_identity(identify, TokenInvalid, standing=standing, ended=(SessionEnded,))
use_sender(send, refused=AddressRefused, busy=AddressBusy)
