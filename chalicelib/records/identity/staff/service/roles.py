"""The roles of the shop's own people, given by two.

Guarantees: nobody changes their own roles; new rights need a second administrator, taking rights away does not; who
moves money has no other hat (`rules.APART`); a change of roles ends all sessions.
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.kernel.permits import together
from chalicelib.runtime.work import Work

from ...accounts.service import accounts
from ...accounts.steps import require_active
from ...events import StaffRolesChanged, StaffRolesProposed
from ...model import Account
from ..rules import OwnRoles, RolesApart
from . import directory

PROPOSAL_LIFE = timedelta(hours=72)


def put(account: str, roles: frozenset[str], work: Work) -> bool:
    """Give these roles; answers whether they hold now, or wait for a second administrator to say the same.

    Raises RolesApart, OwnRoles, UserNotFound.
    """
    if not together(roles):
        raise RolesApart()
    if account == work.caller.id:
        raise OwnRoles()
    row = directory.member(account)
    told = " ".join(sorted(roles))
    if set(row.role_names) == roles and not row.proposed:
        return True
    proposer = _still_wanting(row, told, work)
    if proposer is not None and proposer.owner == work.caller.id:
        return False

    if proposer is not None:
        work.add(require_active(proposer))
    changed: dict[str, object]
    if proposer is not None or roles <= set(row.role_names):
        changed = {
            "roles": told, "proposed": None, "proposer": None, "proposed_at": None, "version": row.version + 1,
        }  # fmt: skip
        work.publish(StaffRolesChanged(account, told))
    else:
        changed = {"proposed": told, "proposer": work.caller.id, "proposed_at": work.now}
        work.publish(StaffRolesProposed(account, told))
    differing = {name: value for name, value in changed.items() if getattr(row, name) != value}
    accounts.change(row, differing, work, state=row.state)
    return "roles" in changed


def _still_wanting(row: Account, told: str, work: Work) -> Account | None:
    """Who lately proposed just these roles and may still give some; None when nobody did."""
    if row.proposed != told or work.now - row.proposed_at >= PROPOSAL_LIFE:
        return None
    return directory.who_may(row.proposer, "users:edit")
