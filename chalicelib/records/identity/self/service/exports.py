"""All that identity holds of a customer, for the customer: complete, in clear, told as a fact; and how far an export is.

Guarantees: of two requests while one is being made both get that one; only its owner finds it; what is written down of it is
moved under the very state that was read.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from chalicelib.kernel.clock import instant, iso, iso_or_none, millis
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ...access.service import mfa
from ...accounts.service import accounts, addresses, consents
from ...events import UserDataExported, UserExportDue
from ...model import EXPORT, Export, Session, session_part
from .. import steps
from ..rules import ExportNotFound, StaleExport

GIVEN_UP = timedelta(hours=1)  # a worker that has not finished by then will not
KEPT = timedelta(hours=24)  # the bucket keeps it a little longer


class Asked(NamedTuple):
    """How an export stands."""

    export_id: str
    state: Literal["working", "ready", "failed", "expired"]
    asked_at: datetime
    ready_at: datetime | None
    ends_at: datetime | None


def ask(work: Work) -> Asked:
    """Ask for all that is held of the caller; while it is being made, asking again answers the same. Commits, and looks again
    where somebody just asked.

    Raises UserNotFound, FreshCodeNeeded.
    """
    return work.attempts(2, _ask, StaleExport)


def _ask(work: Work) -> Asked:
    owner = work.caller.id
    mfa.demand(accounts.get(owner), work)
    row = last(owner)
    if row is not None and (found := _asked(row, work.now)).state == "working":
        return found
    new = Export(
        owner,
        EXPORT,
        export_id=work.new_id("X"),
        former=None if row is None else row.export_id,
        pieces=0,
        asked_at=work.now,
    )
    work.add(steps.begin_export(new, row))
    work.publish(UserDataExported(owner))
    work.publish(UserExportDue(owner, str(new.export_id)))
    return _asked(new, work.now)


def find(owner: str, export_id: str | None, work: Work) -> Asked:
    """An export of this person's, or the last. Raises ExportNotFound."""
    row = last(owner)
    if row is None or export_id not in (None, row.export_id):
        raise ExportNotFound()
    return _asked(row, work.now)


def take(export_id: str, work: Work) -> Asked:
    """An export of the caller's, for who may have it now. Raises UserNotFound, FreshCodeNeeded, ExportNotFound."""
    found = find(work.caller.id, export_id, work)
    mfa.demand(accounts.get(work.caller.id), work)
    return found


# ---- for the worker ---------------------------------------------------------------------------------------------------
def being_made(owner: str, export_id: str) -> Export | None:
    """The export while it is the person's last and not finished."""
    row = last(owner)
    return row if row is not None and row.export_id == export_id and row.ready_at is None else None


def is_present(owner: str, export_id: str) -> bool:
    """Whether this is the person's last export."""
    row = last(owner)
    return row is not None and row.export_id == export_id


def last(owner: str) -> Export | None:
    """What a person last asked for."""
    return table.get(Export, owner, EXPORT, consistent=True)


def _asked(row: Export, now: datetime) -> Asked:
    asked = row.asked_at
    if row.ready_at is None:
        return Asked(str(row.export_id), "working" if now < asked + GIVEN_UP else "failed", asked, None, None)
    ready = row.ready_at
    return Asked(str(row.export_id), "ready" if now < ready + KEPT else "expired", asked, ready, ready + KEPT)


def held(customer: str) -> dict[str, Any]:
    """The sections account, addresses (every version), consents with their history, sessions."""
    row = accounts.get(customer)
    person = accounts.person(row)
    return {
        "account": {
            "id": row.owner,
            "state": row.state,
            "name": person.name,
            "phone": person.phone,
            "email": person.email,
            "wechat_openid": accounts.opened(row, "wechat"),
            "birthday": accounts.opened(row, "birthday"),
            "language": row.language,
            "minor": bool(row.minor),
            "known_devices": len(row.device_marks),
            "signed_in_beside_staff": row.beside is not None,
            "joined_at": iso_or_none(row.joined_at),
            "leaving_at": iso_or_none(row.leaving_at),
            "last_seen_at": _of_seconds(row.seen_at),
        },
        "addresses": [one._asdict() for one in addresses.versions(customer, accounts.keyring(row))],
        "consents": [_consent(one) for one in consents.of(customer)],
        "consent_history": [_consent(one) for one in consents.history(customer)],
        "sessions": _sessions(customer),
    }


def _sessions(customer: str) -> list[dict[str, Any]]:
    return [
        {"begun_at": _of_seconds(row.begun_at), "used_at": _of_seconds(row.rotated_at), "on": row.terminal}
        for row in table.every(Session, customer, begins=("r", session_part("")))
    ]


def _consent(one: consents.Given) -> dict[str, Any]:
    return {**one._asdict(), "at": millis(one.at) if one.at else 0}


def _of_seconds(at: int | None) -> str | None:
    return iso(instant(at * 1000)) if at else None
