"""People for tests: customers registered by phone and code, guests, and staff of a role with a token each."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.records.identity.access.proofs import STEP_SECONDS, totp_code
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.identity.model import ACCOUNT, Account, Address, Session, session_part
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime import table, vault, world
from chalicelib.runtime.caller import ANYONE, Caller
from chalicelib.runtime.vault import SealedDataUnreadable
from chalicelib.runtime.work import Work

TERMS = "2026-01"


class Person(NamedTuple):
    id: str
    token: str
    refresh: str = ""


def code_for(front: Any, purpose: str, **target: str) -> str:
    """Ask for a code and read it from the outbox."""
    answer = front.post("/v1/auth/codes", {"purpose": purpose, **target})
    assert answer.status == 202, answer.text
    return last_code()


def proven(front: Any, clock: Any, who: Person, **contact: str) -> Person:
    """A customer who has just shown a code to a contact of theirs."""
    clock.advance(timedelta(minutes=2))  # codes are spaced
    to = contact or {"phone": "13800138000"}
    body = {**to, "code": code_for(front, "step_up", **to)}
    answer = front.post("/v1/auth/step-up", body, token=who.token)
    return person(answer)._replace(refresh=who.refresh)


def last_code() -> str:
    found = re.search(r"\d{6}", outbox.latest()[0].text)
    assert found is not None
    return found[0]


def register(front: Any, phone: str = "13800138000", **more: Any) -> Person:
    """A customer by phone and code."""
    body = {"phone": phone, "code": code_for(front, "register", phone=phone), "terms": TERMS, **more}
    return person(front.post("/v1/auth/register", body))


def keyed(*owners: str) -> None:
    """People of these ids with a data key each and nothing else, for tests that are not about signing in; whoever comes
    next is another process, which asks for the key."""
    for owner in owners:
        work, key = Work(Caller(owner, "customer"), "setup"), vault.new_key(owner)
        row = Account(owner, ACCOUNT, state="active", version=1, roles="customer", identifiers="[]", key=key)
        work.add(table.insert(row))
        work.commit()
    vault.forget()


def opens(row: Address, key: bytes) -> bool:
    """Whether a version of an address is sealed under this data key."""
    try:
        return bool(addresses.own(row, (key,)))
    except SealedDataUnreadable:
        return False


def guest(front: Any) -> Person:
    return person(front.post("/v1/auth/guests"))


def member(front: Any, role: str, *, fresh: bool = False) -> Person:
    """A member of staff with a token; `fresh`: having just shown the second factor."""
    from chalicelib.records.identity.staff.service import staff

    return Person(staff.demo(role).account, token(staff.demo(role).account, role, fresh=fresh))


def token(account: str, role: str, *, fresh: bool = False, version: int | None = None) -> str:
    """An access token of a session that stands under the account's present version, or under the given one."""
    from chalicelib.records.identity.access.service import tokens

    _seat(account)
    if version is None:
        row = table.get(Account, account, ACCOUNT, consistent=True)
        version = int(row.version) if row is not None else 1
    at = int(world.now().timestamp()) if fresh else 0
    return tokens.issue(account, [role], world.now(), session="L0", version=version, fresh_at=at)


def _seat(account: str) -> None:
    work, at = Work(ANYONE, "seat"), int(world.now().timestamp())
    work.add(table.put(Session(account, session_part("L0"), begun_at=at, rotated_at=at, ends_at=at + 86_400)))
    work.commit()


def totp(secret: str) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return totp_code(raw, int(world.now().timestamp()) // STEP_SECONDS)


def wrong_totp(secret: str) -> str:
    """Six digits that are not the present code."""
    return f"{(int(totp(secret)) + 1) % 10**6:06d}"


def signed_in(front: Any, demo: Any) -> Person:
    """A demonstration login of staff, signed in at the door; its second factor counts once in 30 seconds."""
    body = {"email": demo.email, "password": demo.password, "totp": totp(demo.totp_secret)}
    return person(front.post("/v1/auth/login", body))


def person(answer: Any) -> Person:
    assert answer.status in (200, 201), answer.text
    return Person(answer.json["user_id"], answer.json["access_token"], answer.json["refresh_token"] or "")
