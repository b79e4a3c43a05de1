"""The composition root: one Chalice app, the blueprints of every context; no logic."""

from chalice.app import Chalice, CORSConfig

from chalicelib.processes.console import docs_routes
from chalicelib.records.identity import auth_routes
from chalicelib.records.identity.service import identify
from chalicelib.records.identity.service.codes import use_sender
from chalicelib.records.messages import routes as messages_routes
from chalicelib.records.messages.service import send_code
from chalicelib.runtime import consumers as house
from chalicelib.runtime.http import use_identity

app = Chalice(app_name="jishi", configure_logs=False)
app.api.cors = CORSConfig(
    allow_origin="*",
    allow_headers=["Authorization", "Idempotency-Key", "If-None-Match", "X-Device", "X-Terminal"],
    expose_headers=["ETag", "Idempotency-Replayed", "Retry-After"],
    max_age=600,
)
app.register_blueprint(house.bp)
app.register_blueprint(docs_routes.bp)
app.register_blueprint(auth_routes.bp)
app.register_blueprint(messages_routes.bp)

use_identity(identify)
use_sender(send_code)
