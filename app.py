"""The composition root: one Chalice app over every face and every worker; no logic.

A shop in one process, its tests and the template see this app. On AWS each face and worker is a function of its own, which
never imports this module.
"""

from chalicelib.faces import account, shop, staff, webhooks
from chalicelib.processes.console import consumers as console_consumers
from chalicelib.processes.notifying import consumers as notifying_consumers
from chalicelib.processes.ordering import consumers as ordering_consumers
from chalicelib.processes.paying import consumers as paying_consumers
from chalicelib.processes.privacy import consumers as privacy_consumers
from chalicelib.records.audit import consumers as audit_consumers
from chalicelib.records.payments import consumers as payments_consumers
from chalicelib.runtime import consumers as house
from chalicelib.runtime.http.face import FACES, opening

app = opening(FACES.values())
for part in (
    account, shop, staff, webhooks, audit_consumers, console_consumers, house, notifying_consumers, ordering_consumers,
    paying_consumers, payments_consumers, privacy_consumers,
):  # fmt: skip
    app.register_blueprint(part.bp)
