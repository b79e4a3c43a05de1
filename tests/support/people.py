"""People for tests: customers registered by phone and code, guests, and staff of a role with a token each."""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple

from chalicelib.records.identity import texts
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime import world

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


def last_code() -> str:
    found = re.search(r"\d{6}", outbox.latest()[0].text)
    assert found is not None
    return found[0]


def register(front: Any, phone: str = "13800138000", **more: Any) -> Person:
    """A customer by phone and code."""
    body = {"phone": phone, "code": code_for(front, "register", phone=phone), "terms": TERMS, **more}
    return person(front.post("/v1/auth/register", body))


def guest(front: Any) -> Person:
    return person(front.post("/v1/auth/guests"))


def member(front: Any, role: str, *, fresh: bool = False) -> Person:
    """A member of staff; `fresh`: having just shown the second factor (roles without one get theirs through the service)."""
    from chalicelib.records.identity.service import staff

    demo = staff.demo(role)
    body = {"email": demo.email, "password": demo.password}
    if demo.totp_secret:
        body["totp"] = totp(demo.totp_secret)
    told = person(front.post("/v1/auth/login", body))
    return told if fresh == bool(demo.totp_secret) else reissued(told, role, fresh)


def reissued(who: Person, role: str, fresh: bool) -> Person:
    """The same person with another answer to whether a second factor was shown lately."""
    from chalicelib.records.identity.service import tokens

    now = world.now()
    caller = tokens.identify(who.token, now)
    proven = int(now.timestamp()) if fresh else 0
    made = tokens.issue(who.id, [role], now, session=caller.session, version=1, fresh_at=proven)
    return Person(who.id, made, who.refresh)


def totp(secret: str) -> str:
    raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return texts.totp(raw, int(world.now().timestamp()) // texts.STEP_SECONDS)


def person(answer: Any) -> Person:
    assert answer.status in (200, 201), answer.text
    return Person(answer.json["user_id"], answer.json["access_token"], answer.json["refresh_token"] or "")
