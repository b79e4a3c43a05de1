"""The engine's own program behind the guard of the loopback: its answers say to every page that it may read them.

Runs under the engine's interpreter (`engine.start`), which knows nothing of the shop but this folder.
"""

from importlib import import_module

from local import loopback


def main() -> None:
    """Serve until told to stop; port and folders come from the environment."""
    engine = import_module("ministack.app")
    engine.app = loopback.guarded(engine.app)  # type: ignore[attr-defined]  # what `main` serves
    engine.main()
