"""Whether the session behind an access token still stands: it was not signed out of, and its account not shut or emptied of
sessions since the token was given.

Two rows say so, the session's and the account's; the front door demands them of whoever acts (`runtime.standing`).
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.runtime.caller import Caller
from chalicelib.runtime.standing import Demand, Standing
from chalicelib.runtime.table import Key

from ...accounts.service import presence
from ...model import ACCOUNT, Account, Session, session_part
from ..rules import SessionEnded


def standing(caller: Caller, now: datetime) -> Standing:
    """What must hold of a caller's session; SessionEnded where it does not. Nobody's and a guest's never do."""
    return Standing(SessionEnded(), lambda: _demands(caller, now), lambda: _glance(caller, now))


def _demands(caller: Caller, now: datetime) -> list[Demand]:
    at = int(now.timestamp())
    goes_on = (Account.version == caller.version) | (Account.keeps == caller.session)
    return [
        Demand(
            Key(Session, caller.id, session_part(caller.session)),
            Session.ends_at > at,
            lambda row: row is not None and row.ends_at > at,
        ),
        Demand(
            Key(Account, caller.id, ACCOUNT),
            (Account.state == "active") & goes_on,
            lambda row: (
                row is not None
                and row.state == "active"
                and (row.version == caller.version or row.keeps == caller.session)
            ),
        ),
    ]


def _glance(caller: Caller, now: datetime) -> None:
    if presence.roles(caller.id, caller.session, caller.version, now) is None:
        raise SessionEnded()
