"""A face: one function of the API over some of the shop's routes, for one kind of caller.

    shop = face(bp, "shop", cart_routes, order_routes, told=(callers,))

Guarantees: the function imports no other face's routes; the gateway hands it the requests of its routes only, which
follows from `FACES`. Chalice lets a blueprint belong to one app: a face makes its own at its first request, and never in
a process in which `app.py` has put all of them together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, NamedTuple

from chalice.app import Blueprint, CORSConfig

from .app import App
from .endpoint import OPERATIONS, Operation

STAFF = "staff"
CHALICES_OWN = "api_handler"  # the one function that chalice makes of an API by itself: it is the staff's
Handler = Callable[[Any, Any], dict[str, Any]]


class Face(NamedTuple):
    """Its name, the modules of its routes, and what tells the door about callers and senders before it opens."""

    name: str
    module: str
    routes: tuple[ModuleType, ...]
    told: tuple[Callable[[], None], ...]

    @property
    def function(self) -> str:
        """The name of its function."""
        return CHALICES_OWN if self.name == STAFF else self.name

    @property
    def operations(self) -> list[Operation]:
        """The routes themselves."""
        own = {module.__name__ for module in self.routes}
        return [operation for operation in OPERATIONS if operation.function.__module__ in own]


FACES: dict[str, Face] = {}


def face(bp: Blueprint, name: str, *routes: ModuleType, told: tuple[Callable[[], None], ...] = ()) -> Handler:
    """Declare a face. The module keeps what is answered under the name `handler`, by which Lambda finds it."""
    made = FACES[name] = Face(name, bp._import_name, routes, told)
    opened: list[App] = []

    def handler(event: Any, context: Any) -> dict[str, Any]:
        if not opened:
            opened.append(opening([made]))
        return opened[0](event, context)

    if name != STAFF:
        bp.lambda_function(name=name)(handler)
    return handler


def opening(faces: Iterable[Face]) -> App:
    """An app of these faces' routes."""
    app = App(app_name="jishi", configure_logs=False)
    app.api.binary_types = []  # the gateway passes all bytes on (infra/derive.py), whatever a client says that it accepts
    app.api.cors = CORSConfig(
        allow_origin="*",
        allow_headers=[
            "Authorization",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Prefer",
            "X-Device",
            "X-Terminal",
        ],
        expose_headers=["ETag", "Idempotency-Replayed", "Retry-After"],
        max_age=600,
    )
    for one in faces:
        for routes in one.routes:
            app.register_blueprint(routes.bp)
        for tell in one.told:
            tell()
    return app
