"""The line of a transaction that lists a member of staff."""

from __future__ import annotations

from chalicelib.runtime.table import Step, insert

from ..accounts.rules import StaleAccount
from ..model import Staff


def list_staff(account: str) -> Step:
    """Put an account on the list of staff."""
    return insert(Staff("staff", account), StaleAccount())
