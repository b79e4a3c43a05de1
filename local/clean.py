"""`make clean`: what was built and the local shop's data are gone. Refused while a shop runs on that data.

Needs no virtual environment. What a killed run left behind (engine, simulator) is ended first.
"""

import shutil
import sys
from pathlib import Path

from . import alone, left
from .engine import ROOT, EngineRefused, stop_left_over

STATE = ".state"
BUILT = ("build", ".sim")


def main(root: Path = ROOT) -> int:
    """0 when everything is gone, 1 when a shop runs."""
    state = root / STATE
    if state.exists():
        try:
            held = alone.take(state, "make clean")
        except EngineRefused as refusal:
            print(f"nothing was removed: {refusal}; stop it first", file=sys.stderr)
            return 1
        with held:
            left.stop(state / left.SIMULATOR)
            stop_left_over(state)
            shutil.rmtree(state)
    for name in BUILT:
        shutil.rmtree(root / name, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
