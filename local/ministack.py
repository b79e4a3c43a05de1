"""The engine's own program behind the guard of the loopback: its answers say to every page that it may read them. Where it
keeps its state it keeps what it acknowledges (`ledger`).

Runs under the engine's interpreter (`engine.start`), which knows nothing of the shop but this folder.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

from local import ledger, loopback

ANY = "x-amazon-apigateway-any-method"


def main() -> None:
    """Serve until told to stop; port and folders come from the environment."""
    engine = import_module("ministack.app")
    know_any(engine._get_module("apigateway_v1"))
    app = engine.app
    if engine.PERSIST_STATE:
        folder = Path(import_module("ministack.core.persistence").STATE_DIR)
        app = ledger.door(app, ledger.install(engine, folder))
    engine.app = loopback.guarded(app)  # type: ignore[attr-defined]  # what `main` serves
    engine.main()


def know_any(gateway: Any) -> None:
    """The engine serves a method ANY, but does not read it where it is given a whole API."""
    take = gateway._import_operation

    def take_any(api: str, resource: str, method: str, *more: Any) -> None:
        take(api, resource, "ANY" if method == ANY.upper() else method, *more)

    gateway._OPENAPI_HTTP_METHODS.add(ANY)
    gateway._import_operation = take_any
