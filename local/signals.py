"""Waiting for the word to stop.

A plain flag, looked at five times a second: a signal handler runs in the main thread, and one that sets a
threading.Event on which that very thread is about to wait can lose the wake-up for ever.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_SECONDS = 0.2
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # a closed terminal is a clean stop, too


class Interrupted(BaseException):
    """A stop signal, raised where the main thread just is."""


class Heeded:
    """The stop signals that came. Called, it returns once one has come, or `over` is true."""

    def __init__(self) -> None:
        self.came = False
        self._breaks: Callable[[], object] | None = None
        for sign in STOPS:
            signal.signal(sign, self._note)

    def __call__(self, over: Callable[[], object] = lambda: False) -> None:
        while not self.came and not over():
            time.sleep(LOOK_SECONDS)

    @contextmanager
    def breaking(self, say: Callable[[], object]) -> Iterator[None]:
        """Within, the first signal breaks off whatever is being done, after `say`."""
        self._breaks = say
        try:
            yield
        finally:
            self._breaks = None

    def _note(self, _number: int, _frame: object) -> None:
        first, self.came = not self.came, True
        if first and self._breaks is not None:
            self._breaks()
            raise Interrupted


def heed() -> Heeded:
    """Take the stop signals from now on."""
    return Heeded()
