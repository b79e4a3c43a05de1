"""A new data key for a person: everything sealed under the old one is sealed anew, and the old key is gone.

For when a key may have been seen. KMS changes its own master key by itself; what it wrapped stays readable.

Guarantees: whatever is written after the first step is sealed under the new key; the former one stays beside it until
nothing is sealed under it, so that everything opens all the while. A worker seals stretch by stretch, record by record,
and says here how far it is. There are never more than two keys.
"""

from __future__ import annotations

from chalicelib.runtime import vault
from chalicelib.runtime.work import Work

from ...events import UserKeyRenewed, UserKeyRetired, UserResealDue
from ...model import SEALED, Account, place
from .. import steps
from . import accounts


def rotate(account: str, work: Work) -> None:
    """Give an account a new data key; a worker seals anew what is sealed elsewhere. Raises UserNotFound.

    While that goes on, asking again makes no other key: it sets the worker going once more.
    """
    row = accounts.get(account)
    number = row.renewed or 0
    if row.former is None:
        number += 1
        key = vault.new_key(account)
        held = {field: text for field in SEALED if (text := accounts.opened(row, field)) is not None}
        anew = {field: vault.seal(account, key, text, place(account, field)) for field, text in held.items()}
        accounts.change(row, {"key": key, "former": row.key, "renewed": number, **anew}, work, state=row.state)
        work.publish(UserKeyRenewed(account))
    work.publish(UserResealDue(account, number, ""))


def unfinished(fact: UserResealDue) -> Account | None:
    """The account whose former key a stretch is about; None when somebody was faster, or the person was forgotten."""
    row = accounts.once(fact.user_id)
    return row if row.former is not None and row.renewed == fact.number else None


def go_on(account: Account, after: str, work: Work) -> None:
    """The next stretch begins after this."""
    work.add(steps.require_key(account))
    work.publish(UserResealDue(account.owner, account.renewed, after))


def retire(account: Account, work: Work) -> None:
    """Nothing is sealed under the former key any more: it goes."""
    accounts.change(account, {"former": None}, work, state=account.state)
    work.publish(UserKeyRetired(account.owner))
