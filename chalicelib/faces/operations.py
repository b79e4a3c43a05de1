"""Operations: the workers' queues, their dead letters, facts that are told once more, and whom they are told to outside.

Apart from the rest of the staff's doors, since it has rights on every queue: with them that role would outgrow what IAM takes.
"""

from chalice.app import Blueprint

from chalicelib.processes.console.operations import admin_routes as console_routes
from chalicelib.records.subscriptions import admin_routes as subscriptions_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in, workers_known

bp = Blueprint(__name__)
handler = face(bp, "operations", console_routes, subscriptions_routes, told=(signed_in, workers_known))
