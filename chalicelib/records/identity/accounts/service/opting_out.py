"""The link by which somebody wants no more offers without signing in: signed, so that nobody can make one for another.

Guarantees: it does nothing but withdraw the one consent that it names, and may be used again and again; it never ends, since a
letter is read whenever it is.
"""

from __future__ import annotations

from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from chalicelib.runtime import keys, settings

from ..rules import OptOutLinkInvalid

PATH = "/v1/unsubscribe"


def link(customer: str, purpose: str) -> str:
    """The page at which a person withdraws this consent."""
    token = _serializer().dumps([customer, purpose])
    return f"{settings.value(settings.PUBLIC_URL).rstrip('/')}{PATH}?token={token}"


def opened(token: str) -> tuple[str, str]:
    """(customer, purpose) of a link. Raises OptOutLinkInvalid."""
    try:
        customer, purpose = _serializer().loads(token)
    except (BadData, ValueError) as error:
        raise OptOutLinkInvalid() from error
    return str(customer), str(purpose)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(keys.signing_keys(), salt="opt-out", signer_kwargs={"digest_method": sha256})
