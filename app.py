"""The composition root: one Chalice app, the blueprints of every context; no logic."""

from chalice.app import Chalice, CORSConfig

from chalicelib.runtime import consumers as house

app = Chalice(app_name="jishi", configure_logs=False)
app.api.cors = CORSConfig(allow_origin="*", allow_headers=["Authorization", "Idempotency-Key"], max_age=600)
app.register_blueprint(house.bp)
