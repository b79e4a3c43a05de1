"""Waiting out passing trouble under one deadline: conflicts, throttling, transactions in progress, lost answers.

Passing trouble never becomes a business answer: at the deadline the refusal is `Overloaded` (503).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

from chalicelib.kernel.errors import Overloaded

from . import world

NO_RESPONSE = (HTTPClientError, ConnectionError)
TRANSIENT = frozenset(
    {
        "TransactionConflict", "TransactionConflictException", "TransactionInProgressException", "ThrottlingError",
        "ThrottlingException", "ProvisionedThroughputExceeded", "ProvisionedThroughputExceededException",
        "RequestLimitExceeded", "RequestTimeout",
    }
)  # fmt: skip
# nobody knows whether it happened; a number is botocore's code for an answer without one, as from a proxy on the way
UNSURE = frozenset({"InternalServerError", "InternalFailure", "ServiceUnavailable", "500", "502", "503", "504"})
FIRST_WAIT, LONGEST_WAIT = 0.02, 1.0


class Deadline:
    """Time left for one piece of work, in seconds; each wait is longer than the last, with full jitter."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begun = world.current().elapsed()
        self.waited = 0.0
        self.turn = 0

    @property
    def spent(self) -> bool:
        """Whether the time is over, by the clock or by what was waited."""
        return max(self.waited, world.current().elapsed() - self.begun) >= self.seconds

    def wait(self) -> None:
        """Wait a little, or raise Overloaded when the time is spent."""
        here = world.current()
        if self.spent:
            raise Overloaded()
        pause = min(LONGEST_WAIT, FIRST_WAIT * 2**self.turn) * (0.5 + here.chance() / 2)
        self.turn += 1
        self.waited += pause
        here.wait(pause)


def code_of(error: ClientError) -> str:
    """The service's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def is_transient(error: Exception) -> bool:
    """Whether a failed call is passing trouble: no answer came, or one that asks to wait."""
    return isinstance(error, NO_RESPONSE) or (isinstance(error, ClientError) and code_of(error) in TRANSIENT | UNSURE)


def retrying(call: Callable[..., Any], deadline: Deadline | None = None, /, **kwargs: Any) -> Any:
    """Make a call that may be repeated (a read, or a put of the same thing) until it is answered."""
    deadline = deadline or Deadline(4.0)
    while True:
        try:
            return call(**kwargs)
        except (*NO_RESPONSE, ClientError) as error:
            if not is_transient(error):
                raise
        deadline.wait()
