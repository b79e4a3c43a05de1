"""Leaving: a person asks to be forgotten, may think better of it for seven days, and is forgotten.

Guarantees: first the account is closed, then, when the last token and quote given before have run out, it is emptied: no
order still comes that needs what goes. The data key goes in one transaction with everything personal on the account and
all that leads to it; from then on nothing of the person can be opened. What remains is an empty account with its id,
which orders refer to, and the consents, which hold no personal data. Each step may run twice or be cut short: it goes on
where it stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.clock import millis
from chalicelib.runtime import table, vault
from chalicelib.runtime.work import Work

from ...access.service import mfa, sessions
from ...access.steps.sessions import end_session
from ...accounts.service import accounts, addresses
from ...accounts.steps import delete_book, forget_addresses, release_identifier
from ...events import UserErased, UserErasureDue, UserLeaving, UserStayed
from ...model import ACCOUNT, SEALED, Account
from ..rules import LEAVING_DAYS, DeletionNotRequested

PERSONAL = (
    "key", "former", *SEALED, "password", "totp_step", "identifiers", "unproven", "language", "minor",
    "day", "joined_at", "seen_at", "leaving_at", "devices", "beside", "birthday_at",
)  # fmt: skip
QUIET = timedelta(minutes=15)  # a token opens doors for ten minutes, and indexes are a little behind
AT_ONCE = 80  # steps of one transaction


def request(work: Work) -> datetime:
    """Ask to be forgotten; answers when it will be done. Asking again changes nothing. Raises FreshCodeNeeded."""
    row = accounts.get(work.caller.id)
    mfa.demand(row, work)
    if row.leaving_at is not None:
        return row.leaving_at
    due = work.now + timedelta(days=LEAVING_DAYS)

    accounts.change(row, {"leaving_at": due}, work)
    work.publish(UserLeaving(row.owner, millis(due)))
    work.publish(UserErasureDue(row.owner), at=due)
    return due


def cancel(work: Work) -> None:
    """Think better of it. Raises DeletionNotRequested."""
    row = accounts.get(work.caller.id)
    if row.leaving_at is None:
        raise DeletionNotRequested()
    accounts.change(row, {"leaving_at": None}, work, otherwise=DeletionNotRequested())
    work.publish(UserStayed(row.owner))


def due(account: str, work: Work) -> bool:
    """Whether a person is to be forgotten now: the cool-off is over, and the account was closed a while ago.

    A tick that comes early is armed again; the first that comes in time closes the account.
    """
    row = table.get(Account, account, ACCOUNT, consistent=True)
    if row is None or (row.state != "erased" and row.leaving_at is None):
        return False
    if row.state == "erased" or (row.state == "closed" and work.now >= row.leaving_at):
        return True
    again = row.leaving_at
    if work.now >= row.leaving_at:
        again = work.now + QUIET
        closed = {"state": "closed", "version": row.version + 1, "leaving_at": again}
        accounts.change(row, closed, work, state=row.state)
    work.publish(UserErasureDue(account), at=again)
    return False


def erase(account: str, used: frozenset[str], work: Work) -> None:
    """Forget a person. `used` are the address versions that orders of theirs refer to: the law keeps those. Commits, since
    what is left to delete may be more than one transaction takes."""
    row = table.get(Account, account, ACCOUNT, consistent=True)
    if row is not None and row.state != "erased":
        gone = {name: None for name in PERSONAL if getattr(row, name) is not None}
        accounts.change(row, {**gone, "state": "erased", "version": row.version + 1}, work, state=row.state)
        work.add(*(release_identifier(key) for key in row.identifier_keys))
        work.publish(UserErased(account))
        work.commit()
    vault.forget(account)
    rest = [
        *forget_addresses(account, used, addresses.every(account)),
        *(end_session(account, name) for name in sessions.names(account)),
        delete_book(account),
    ]
    for start in range(0, len(rest), AT_ONCE):
        later = work.retry()
        later.key = None
        later.add(*rest[start : start + AT_ONCE])
        later.commit()
