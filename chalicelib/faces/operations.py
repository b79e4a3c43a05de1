"""Operations: the workers' queues, their dead letters, and facts that are told once more.

Apart from the rest of the staff's doors, since it has rights on every queue: with them that role would outgrow what IAM takes.
"""

from chalice.app import Blueprint

from chalicelib.processes.console.operations import admin_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in, workers_known

bp = Blueprint(__name__)
handler = face(bp, "operations", admin_routes, told=(signed_in, workers_known))
