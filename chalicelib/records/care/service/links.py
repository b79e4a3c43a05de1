"""The link by which an order line is answered for without signing in: the line, until when (s), and the shop's signature."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from itsdangerous import BadData, Signer

from chalicelib.runtime import keys, settings

from ..rules import SurveyLinkInvalid

LINKED = timedelta(days=30)
PATH = "/v1/surveys"


def token(line: str, now: datetime) -> str:
    """What names a line for thirty days."""
    return str(_signer().sign(f"{line}.{int((now + LINKED).timestamp())}").decode())


def url(line: str, now: datetime) -> str:
    """Where it is asked about."""
    return f"{settings.value(settings.PUBLIC_URL).rstrip('/')}{PATH}/{token(line, now)}"


def read(told: str, now: datetime) -> str:
    """The line that a token asks about. Raises SurveyLinkInvalid."""
    try:
        line, _, until = _signer().unsign(told).decode().partition(".")
    except BadData as error:
        raise SurveyLinkInvalid() from error
    if now.timestamp() >= int(until):
        raise SurveyLinkInvalid()
    return line


def _signer() -> Signer:
    return Signer(keys.signing_keys(), salt="survey", digest_method=sha256)
