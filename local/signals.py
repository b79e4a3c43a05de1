"""Waiting for the word to stop.

A plain flag, looked at five times a second: a signal handler runs in the main thread, and one that sets a
threading.Event on which that very thread is about to wait can lose the wake-up for ever.
"""

import signal
import time
from collections.abc import Callable

LOOK_SECONDS = 0.2
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a closed terminal is a clean stop, too


def heed() -> Callable[[], None]:
    """Take the stop signals from now on; answers a function that returns once one has come."""
    came: list[int] = []
    for sign in STOPS:
        signal.signal(sign, lambda number, _frame: came.append(number))

    def wait() -> None:
        while not came:
            time.sleep(LOOK_SECONDS)

    return wait
