"""The roles of the shop's own people, given by two.

Guarantees: nobody changes their own roles; new rights need a second administrator, taking rights away does not; who
moves money has no other hat (`rules.APART`); a change of roles ends all sessions.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.permits import together
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work

from ...accounts.service import accounts
from ...events import StaffRolesChanged, StaffRolesProposed
from ...model import Account
from ..rules import OwnRoles, RolesApart
from . import directory

PROPOSAL_LIFE = timedelta(hours=72)


def put(account: str, roles: frozenset[str], work: Work) -> bool:
    """Give these roles; answers whether they hold now, or wait for a second administrator to say the same.

    Raises RolesApart, OwnRoles, UserUnknown.
    """
    if not together(roles):
        raise RolesApart()
    if account == work.caller.id:
        raise OwnRoles()
    row = directory.member(account)
    told = " ".join(sorted(roles))
    if set(row.role_names) == roles and not row.proposed:
        return True
    who = _still_wanting(row, told, work)
    if who is not None and row.proposer == work.caller.id:
        return False

    if who is not None:
        work.add(who)
    if who is not None or roles <= set(row.role_names):
        changed = {
            "roles": told,
            "proposed": None,
            "proposer": None,
            "proposed_at": None,
            "version": row.version + 1,
        }
        work.publish(StaffRolesChanged(account, told))
    else:
        changed = {"proposed": told, "proposer": work.caller.id, "proposed_at": millis(work.now)}
        work.publish(StaffRolesProposed(account, told))
    differing = {name: value for name, value in changed.items() if getattr(row, name) != value}
    work.add(accounts.change(row, differing, state=row.state))
    work.commit()
    return "roles" in changed


def _still_wanting(row: Account, told: str, work: Work) -> Step | None:
    """What demands that somebody lately proposed just these roles and may still give some; None when nobody did."""
    if row.proposed != told or work.now - instant(row.proposed_at) >= PROPOSAL_LIFE:
        return None
    return directory.who_may(row.proposer, "users:edit")
