"""The account: signing in, one's own data, and what is taken along of it."""

from chalice.app import Blueprint

from chalicelib.processes.privacy import routes as privacy_routes
from chalicelib.records.identity import auth_routes, me_routes
from chalicelib.runtime.http.face import face

from .callers import signed_in
from .codes import by_message

bp = Blueprint(__name__)
handler = face(bp, "account", auth_routes, me_routes, privacy_routes, told=(signed_in, by_message))
