"""The engine's own program behind the guard of the loopback: its answers say to every page that it may read them. Where it
keeps its state it keeps what it acknowledges (`ledger`).

Runs under the engine's interpreter (`engine.start`), which knows nothing of the shop but this folder.
"""

from importlib import import_module
from pathlib import Path

from local import ledger, loopback


def main() -> None:
    """Serve until told to stop; port and folders come from the environment."""
    engine = import_module("ministack.app")
    app = engine.app
    if engine.PERSIST_STATE:
        folder = Path(import_module("ministack.core.persistence").STATE_DIR)
        app = ledger.door(app, ledger.install(engine, folder))
    engine.app = loopback.guarded(app)  # type: ignore[attr-defined]  # what `main` serves
    engine.main()
