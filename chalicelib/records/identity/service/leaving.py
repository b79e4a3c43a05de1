"""Leaving: a person asks to be forgotten, may think better of it for seven days, and is forgotten.

Guarantees: the data key goes in one transaction with everything sealed on the account and all that leads to it; from
then on nothing of the person can be opened. What remains is an empty account with its id, which orders refer to, and
the consents, which hold no personal data. Deletion may run twice or be cut short: it goes on where it stopped.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.kernel.clock import instant, millis
from chalicelib.runtime import table, vault
from chalicelib.runtime.table import Step, delete
from chalicelib.runtime.work import Work

from ..events import UserErased, UserErasureDue, UserLeaving, UserStayed
from ..model import ACCOUNT, BOOK, Account, Book, Session
from ..rules import LEAVING_DAYS, NotLeaving
from . import accounts, addresses, tokens

SEALED = ("key", "name", "phone", "email", "wechat", "password", "totp", "totp_step", "claims", "leaving_at")
AT_ONCE = 80  # steps of one transaction


def ask(work: Work) -> datetime:
    """Ask to be forgotten; answers when it will be done. Asking again changes nothing."""
    row = accounts.get(work.caller.id)
    if row.leaving_at is not None:
        return instant(int(row.leaving_at))
    due = work.now + timedelta(days=LEAVING_DAYS)

    work.add(accounts.change(row, {"leaving_at": millis(due)}))
    work.publish(UserLeaving(row.owner, millis(due)))
    work.publish(UserErasureDue(row.owner), at=due)
    work.commit()
    return due


def stay(work: Work) -> None:
    """Think better of it. Raises NotLeaving."""
    row = accounts.get(work.caller.id)
    if row.leaving_at is None:
        raise NotLeaving()
    work.add(accounts.change(row, {"leaving_at": None}, NotLeaving()))
    work.publish(UserStayed(row.owner))
    work.commit()


def due(account: str, work: Work) -> bool:
    """Whether a person is to be forgotten now; a tick that comes early is armed again."""
    row = table.get(Account, account, ACCOUNT, consistent=True)
    if row is None or (row.state != "erased" and row.leaving_at is None):
        return False
    if row.state != "erased" and millis(work.now) < int(row.leaving_at):
        work.publish(UserErasureDue(account), at=instant(int(row.leaving_at)))
        work.commit()
        return False
    return True


def erase(account: str, used: frozenset[str], work: Work) -> None:
    """Forget a person. `used` are the address versions that orders of theirs refer to: the law keeps those."""
    row = table.get(Account, account, ACCOUNT, consistent=True)
    if row is not None and row.state != "erased":
        gone = {name: None for name in SEALED if getattr(row, name) is not None}
        work.add(accounts.change(row, {**gone, "state": "erased", "version": int(row.version) + 1}))
        work.add(*(accounts.disclaiming(key) for key in row.claim_keys))
        work.publish(UserErased(account))
        work.commit()
    vault.forget(account)
    tokens.forget()
    rest = addresses.forgotten(account, used, addresses.every(account)) + _sessions(account)
    rest.append(delete(Book, account, BOOK))
    for start in range(0, len(rest), AT_ONCE):
        later = work.again()
        later.key = None
        later.add(*rest[start : start + AT_ONCE])
        later.commit()


def _sessions(account: str) -> list[Step]:
    found: list[Step] = []
    cursor: str | None = None
    while True:
        rows, cursor = table.query(Session, account, begins=("r", "session#"), limit=100, cursor=cursor)
        found += [delete(Session, account, row.part) for row in rows]
        if cursor is None:
            return found
