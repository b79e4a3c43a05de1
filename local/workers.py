"""Workers, schedules and the relay in a process of their own, beside a shop that runs without them.

JISHI_WORKERS=0 make run            # one terminal
.venv/bin/python -m local.workers   # another; may be killed and started again at any moment
"""

import os
import sys

import botocore.session

from . import settle, signals
from .attach import attach
from .engine import ROOT


def main() -> int:
    """Until interrupted; a kill loses nothing: what was in hand comes back."""
    resources = settle.join()
    sys.path.insert(0, str(ROOT))
    from app import app

    stopped = signals.heed()
    tick, threads = float(os.environ.get("JISHI_TICK_SECONDS", "1")), int(os.environ.get("JISHI_THREADS", "1"))
    attached = attach(app, botocore.session.get_session(), resources, tick=tick, threads=threads)
    print(f"{len(attached.workers)} workers and schedules, the relay", flush=True)
    stopped()
    attached.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
