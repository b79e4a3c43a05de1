"""A new data key for a person: everything sealed under the old one is sealed anew, and the old key is gone.

For when a key may have been seen. KMS changes its own master key by itself; what it wrapped stays readable.
"""

from __future__ import annotations

from chalicelib.runtime import vault
from chalicelib.runtime.work import Work

from ..events import UserKeyRenewed
from ..model import place
from . import accounts, addresses

FIELDS = ("name", "phone", "email", "wechat", "totp")


def rekey(account: str, work: Work) -> None:
    """Give an account a new data key, in one transaction with all that is sealed under it. Raises UserUnknown."""
    row = accounts.get(account)
    held = {field: text for field in FIELDS if (text := accounts.opened(row, field)) is not None}
    key = vault.new_key(account)

    work.add(*addresses.resealed(account, row.key, key))
    changed = {field: vault.seal(account, key, text, place(account, field)) for field, text in held.items()}
    work.add(accounts.change(row, {"key": key, **changed}, state=row.state))
    work.publish(UserKeyRenewed(account))
    work.commit()
