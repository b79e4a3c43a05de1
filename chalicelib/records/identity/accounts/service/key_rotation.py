"""A new data key for a person: everything sealed under the old one is sealed anew, and the old key is gone.

For when a key may have been seen. KMS changes its own master key by itself; what it wrapped stays readable.

Guarantees: whatever is written after the first step is sealed under the new key; the former one stays beside it until
nothing is sealed under it, so that everything opens all the while. A stretch is one transaction; one that is cut short,
delivered twice or overtaken goes on where it stopped. There are never more than two keys.
"""

from __future__ import annotations

from chalicelib.runtime import vault
from chalicelib.runtime.work import Work

from ...events import UserKeyRenewed, UserKeyRetired, UserResealDue
from ...model import SEALED, place
from .. import steps
from . import accounts, addresses

AT_ONCE = 80  # rows of one transaction


def rotate(account: str, work: Work) -> None:
    """Give an account a new data key; a worker seals its addresses anew. Raises UserNotFound.

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


def reseal(fact: UserResealDue, work: Work, most: int = AT_ONCE) -> None:
    """Seal the next stretch of a person's addresses anew; after the last one the former key goes."""
    row = accounts.once(fact.user_id)
    if row.former is None or row.renewed != fact.number:
        return  # somebody was faster, or the person was forgotten
    last = addresses.reseal(row, fact.after, most, work)
    if last is not None:
        work.add(steps.require_key(row))
        work.publish(UserResealDue(row.owner, fact.number, last))
    else:
        accounts.change(row, {"former": None}, work, state=row.state)
        work.publish(UserKeyRetired(row.owner))
