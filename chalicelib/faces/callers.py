"""Who comes to a face that knows its callers, and how codes reach them."""

import jwt  # noqa: F401  # nearly every first request shows a token: what verifies it is read while the function starts

from chalicelib.records.identity.access.rules import SessionEnded, TokenInvalid
from chalicelib.records.identity.access.service import identify, standing
from chalicelib.runtime.http import use_identity


def signed_in() -> None:
    """Bearer tokens are identity's."""
    use_identity(identify, TokenInvalid, standing=standing, ended=(SessionEnded,))
