"""What a killed run left behind beside its engine: the payment simulator, by the number it noted."""

import os
import signal
import time
from pathlib import Path

from .engine import command_of

SIMULATOR = "simulator.pid"


def stop(note: Path) -> None:
    """End the simulator of a run that was killed, if the noted process really is one. Only while the folder is held."""
    if not note.exists():
        return
    pid = int(note.read_text() or 0)
    if pid and "simulator" in command_of(pid):
        os.kill(pid, signal.SIGTERM)
        time.sleep(1)
    note.unlink(missing_ok=True)
