"""Who comes to a face that knows its callers, and which workers there are for those who look after them."""

from importlib import import_module

import jwt  # noqa: F401  # nearly every first request shows a token: what verifies it is read while the function starts

from chalicelib.records.identity.access.rules import SessionEnded, TokenInvalid
from chalicelib.records.identity.access.service import identify, standing
from chalicelib.runtime.http import use_identity
from chalicelib.runtime.workers import use_workers


def signed_in() -> None:
    """Bearer tokens are identity's."""
    use_identity(identify, TokenInvalid, standing=standing, ended=(SessionEnded,))


def workers_known() -> None:
    """Operators look at every worker's queue; the workers are imported when somebody does."""
    use_workers(lambda: import_module("chalicelib.faces.workers"))
