"""The composition root: one Chalice app, the blueprints of every context; no logic."""

from chalice.app import Chalice, CORSConfig

from chalicelib.processes.console import docs_routes
from chalicelib.runtime import consumers as house

app = Chalice(app_name="jishi", configure_logs=False)
app.api.cors = CORSConfig(
    allow_origin="*",
    allow_headers=["Authorization", "Idempotency-Key", "If-None-Match", "X-Device", "X-Terminal"],
    expose_headers=["ETag", "Idempotency-Replayed", "Retry-After"],
    max_age=600,
)
app.register_blueprint(house.bp)
app.register_blueprint(docs_routes.bp)
