"""The composition root: one Chalice app over every face and every worker; no logic.

A shop in one process, its tests and the template see this app. On AWS each face and worker is a function of its own, which
never imports this module.
"""

from chalicelib.faces import account, engagement, merchandising, operations, shop, staff, webhooks
from chalicelib.faces.workers import WORKERS
from chalicelib.runtime.http.face import FACES, opening

app = opening(FACES.values())
for part in (account, engagement, merchandising, operations, shop, staff, webhooks, *WORKERS):
    app.register_blueprint(part.bp)
