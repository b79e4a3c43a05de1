"""People with sessions on the proof's engine: an account is a row, whoever signs in begins a session of it."""

from __future__ import annotations

import json

from chalicelib.records.identity.access.service import sessions
from chalicelib.records.identity.model import ACCOUNT, Account, Session, session_part
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support.world import secrets

BUYER, OTHER, KEEPER = (letter + "01JZ0000000000000000000000" for letter in "UVA")
SECRETS = secrets()  # making keys takes longer than a test


def work(who: str = BUYER, **more) -> Work:
    return Work(Caller(who, "customer", **more), "test")


def write(*steps) -> None:
    made = work()
    made.add(*steps)
    made.commit()


def did(use_case, *given):
    """A use case is performed, and what it added is committed; the last that is given is its work."""
    return given[-1].settled(use_case(*given))


def joined(owner: str = BUYER, **more) -> Account:
    """Somebody has an account."""
    row = Account(owner, ACCOUNT, **{"state": "active", "roles": "customer", "version": 3, "key": b"k", **more})
    write(table.put(row))
    return row


def account(owner: str = BUYER) -> Account:
    return table.get(Account, owner, ACCOUNT, consistent=True)


def session(name: str, owner: str = BUYER) -> Session | None:
    return table.get(Session, owner, session_part(name), consistent=True)


def change(model, owner: str, part: str, **values) -> None:
    """A row becomes another, by whatever hand."""
    actions = [getattr(model, n).remove() if v is None else getattr(model, n).set(v) for n, v in values.items()]
    write(table.update(model, owner, part, actions=actions))


def signed_in(owner: str = BUYER, **more) -> tuple[str, sessions.Tokens]:
    """The id of a session that somebody began, and its tokens."""
    row, made = account(owner), work(owner)
    told = sessions.begin(owner, row.role_names, int(row.version), made, **more)
    made.commit()
    return told.refresh.split(".")[1], told


def told(ground) -> list[tuple[str, dict, int | None]]:
    """What was published, oldest first, each with the instant it waits for."""
    written = (one for one in ground.stage.cloud.engine.log if one.table == Journal.Meta.table_name and one.old is None)
    rows = [Journal.from_raw_data(one.new) for one in written if one.new is not None]
    return [(name, data, at) for row in rows if row.facts for name, _, _, data, at in json.loads(row.facts)]


def facts(ground) -> list[tuple[str, dict]]:
    """What was published, oldest first."""
    return [(name, data) for name, data, _ in told(ground)]
