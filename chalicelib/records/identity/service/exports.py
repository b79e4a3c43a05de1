"""All that identity holds of a customer, for the customer: complete, in clear, told as a fact."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.clock import instant, iso
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..events import UserDataExported
from ..model import Session
from . import accounts, addresses, consents, factors


def begin(work: Work) -> None:
    """Note that a customer takes their data with them. Raises UserUnknown, FreshCodeNeeded."""
    factors.demand(accounts.get(work.caller.id), work)
    work.publish(UserDataExported(work.caller.id))
    work.commit()


def held(customer: str) -> dict[str, Any]:
    """The sections account, addresses (every version), consents with their history, sessions."""
    row = accounts.get(customer)
    person = accounts.person(row)
    return {
        "account": {
            "id": row.owner, "state": row.state, "name": person.name, "phone": person.phone, "email": person.email,
            "wechat_openid": accounts.opened(row, "wechat"), "language": row.language, "minor": bool(row.minor),
            "known_devices": len(row.device_marks), "signed_in_beside_staff": row.beside is not None,
            "joined_at": _time(row.joined_at), "leaving_at": _time(row.leaving_at),
            "last_seen_at": _time(int(row.seen_at) * 1000 if row.seen_at else None),
        },
        "addresses": [one._asdict() for one in addresses.versions(customer, accounts.keyring(row))],
        "consents": [one._asdict() for one in consents.of(customer)],
        "consent_history": [one._asdict() for one in consents.history(customer)],
        "sessions": _sessions(customer),
    }  # fmt: skip


def _sessions(customer: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        rows, cursor = table.query(Session, customer, begins=("r", "session#"), limit=100, cursor=cursor)
        found += [
            {
                "begun_at": _time(int(row.begun_at) * 1000),
                "used_at": _time(int(row.rotated_at) * 1000),
                "on": row.terminal,
            }
            for row in rows
        ]
        if cursor is None:
            return found


def _time(epoch_ms: Any) -> str | None:
    return iso(instant(int(epoch_ms))) if epoch_ms else None
