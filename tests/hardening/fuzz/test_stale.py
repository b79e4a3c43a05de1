"""Tokens that outlive their session: whoever acts is asked whether it still stands, in the act itself.

The thief holds a stepped-up token; its owner signs out, sets another password, is blocked, forgotten or stripped of a role.
From that moment every door but a short list is shut to the thief, and nothing that he sends leaves a trace.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from chalicelib.kernel.permits import STAFF_ROLES, permits
from chalicelib.records.identity.access.service import tokens
from chalicelib.records.identity.accounts.service import accounts, presence
from chalicelib.records.identity.model import ACCOUNT, Account, Session
from chalicelib.records.identity.self.service import deletion
from chalicelib.records.identity.staff.service import roles, staff
from chalicelib.runtime import limits, table, world
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.http import PUBLIC, SIGNED
from chalicelib.runtime.work import Work
from tests.hardening.fuzz import nasty
from tests.hardening.fuzz.staffed import PASSWORD, PHONES
from tests.hardening.proof.hook import HOOK
from tests.house.test_sessions import TOKEN_ALONE
from tests.support import people
from tests.support.doors import done

ENDED = frozenset({"SESSION_ENDED", "TOKEN_INVALID"})
NEW = "quite another 7"


def stepped_up(shop, role: str) -> str:
    """The role's own token, as after a second factor: what a thief would take."""
    told = jwt.decode(shop.tokens[role], options={"verify_signature": False})
    return tokens.issue(
        told["sub"],
        told["role"].split(),
        world.now(),
        session=told["sid"],
        version=told["ver"],
        fresh_at=int(world.now().timestamp()),
    )


def account_of(shop, role: str) -> str:
    return str(jwt.decode(shop.tokens[role], options={"verify_signature": False})["sub"])


def code_for(shop, purpose: str, role: str) -> str:
    shop.advance(minutes=2)
    shop.want("POST", "/v1/auth/codes", {"purpose": purpose, "phone": PHONES[role]})
    return people.last_code()


def signed_in(shop, role: str) -> str:
    """Another session of the same owner."""
    told = shop.want("POST", "/v1/auth/login", {"phone": PHONES[role], "password": PASSWORD})
    return str(told["access_token"])


def everywhere(shop, role):
    if role == "customer":
        bearer = {"Authorization": f"Bearer {signed_in(shop, role)}"}
        shop.want("POST", "/v1/auth/logout", {"everywhere": True}, **bearer)
    else:
        shop.want("POST", "/v1/auth/logout", {"everywhere": True}, role=role)


def reset(shop, role):
    body = {"phone": PHONES[role], "code": code_for(shop, "password", role), "password": NEW}
    shop.want("POST", "/v1/auth/password", body)


def changed(shop, role):
    body = {"password": NEW, "old_password": PASSWORD}
    shop.want("PUT", "/v1/me/password", body, Authorization=f"Bearer {signed_in(shop, role)}")


def moved(shop, role):
    """The owner, on another device, is reached elsewhere from now on."""
    bearer = signed_in(shop, role)
    code = code_for(shop, "step_up", role)
    fresh = shop.want(
        "POST", "/v1/auth/step-up", {"phone": PHONES[role], "code": code}, Authorization=f"Bearer {bearer}"
    )["access_token"]
    shop.want("POST", "/v1/auth/codes", {"purpose": "bind", "email": "owner@example.com"})
    body = {"email": "owner@example.com", "code": people.last_code()}
    shop.want("PUT", "/v1/me/contact", body, Authorization=f"Bearer {fresh}")


def reused(shop, role):
    shop.want("POST", "/v1/auth/refresh", {"refresh_token": shop.refreshers[role]})
    shop.advance(minutes=1)
    assert shop.say("POST", "/v1/auth/refresh", {"refresh_token": shop.refreshers[role]}).code == "SESSION_ENDED"


def blocked(shop, role):
    admin = staff.create_admin("second@example.com").account if role == "admin" else account_of(shop, "admin")
    shop.want(
        "PUT",
        f"/v1/admin/users/{account_of(shop, role)}/block",
        Authorization=f"Bearer {_seated(admin) if role == 'admin' else shop.tokens['admin']}",
    )


def _seated(admin: str) -> str:
    """An administrator who is at work, without the way there."""
    work, row = Work(worker("test"), "test"), accounts.get(admin)
    accounts.change(row, {"state": "active"}, work, state=row.state)
    work.commit()
    return people.token(admin, "admin", fresh=True)


def closed(shop, role):
    """The seven days are over."""
    row = accounts.get(account_of(shop, role))
    work = Work(worker("test"), "test")
    accounts.change(row, {"leaving_at": world.now()}, work)
    work.commit()
    done(deletion.due, row.owner)


def erased(shop, role):
    closed(shop, role)
    deletion.erase(account_of(shop, role), frozenset(), Work(worker("test"), "test"))


def stripped(shop, role):
    """Another administrator takes the role, which one may do alone."""
    row = accounts.get(account_of(shop, role))
    another = Work(Caller("A01JZ0000000000000000000000", "admin"), "test")
    done(roles.put, row.owner, frozenset(), work=another)


def activated(shop, role):
    """A new invitation was taken up: somebody who lost the second factor has another."""
    row = accounts.get(account_of(shop, role))
    staff.invite_again(row.owner, Work(worker("test"), "test"))
    code = next(m.text for m in _outbox() if "-" in m.text)
    email = accounts.opened(row, "email")
    body = {"email": email, "code": _invitation(code), "password": NEW}
    shop.want("POST", "/v1/auth/activation", body)


def _outbox():
    from chalicelib.records.messages.channels import outbox

    return outbox.latest()


def _invitation(text: str) -> str:
    import re

    found = re.search(r"\w{5}-\w{5}-\w{5}", text)
    assert found
    return found[0]


def signed_out(shop, role):
    shop.want("POST", "/v1/auth/logout", {}, role=role)


CUSTOMERS: dict[str, Callable[[Any, str], None]] = {
    "signed out": signed_out, "everywhere": everywhere, "reset": reset, "changed": changed, "moved": moved,
    "reused": reused, "blocked": blocked, "closed": closed, "erased": erased,
}  # fmt: skip
STAFF: dict[str, Callable[[Any, str], None]] = {
    "signed out": signed_out, "everywhere": everywhere, "blocked": blocked, "stripped": stripped, "activated": activated,
}  # fmt: skip
WAYS = [("customer", way) for way in CUSTOMERS] + [(role, way) for role in sorted(STAFF_ROLES) for way in STAFF]


def doors_of(shop, role):
    """(door, path, body) of everything that this role may enter, of things that are there."""
    known = nasty.Doors(shop)
    for op in known.known:
        if op.permit not in (PUBLIC, SIGNED) and op.permit in permits([role]):
            body = known.body(op) if op.body is not None else None
            whose = {"user_id": account_of(shop, "customer")} if "matter" in (body or {}) else {}  # whose order it is
            yield op, known.path(op, **whose), body


@pytest.mark.parametrize(("role", "way"), WAYS)
def test_a_token_that_outlives_its_session_does_nothing_and_reads_nothing(shop, role, way):
    thief = stepped_up(shop, role)
    (CUSTOMERS if role == "customer" else STAFF)[way](shop, role)
    thief_is_in_time = jwt.decode(thief, options={"verify_signature": False})["exp"] > world.now().timestamp()
    assert thief_is_in_time
    before, asked, told = shop.state(), [], {}

    def noting(call, effect):
        asked.extend([call.name] if call.provider or call.service == "sqs" else [])
        return effect()

    with HOOK.held(noting):
        for op, path, body in doors_of(shop, role):
            if f"{op.method} {op.path}" in TOKEN_ALONE:
                continue
            limits.forget()
            answer = shop.say(op.method, path, body, key="k", Authorization=f"Bearer {thief}")
            told[f"{op.method} {op.path}"] = answer.code
    assert {door: code for door, code in told.items() if code not in ENDED} == {}
    assert len(told) >= 10
    assert asked == [], "somebody else was asked on behalf of a thief"
    changed = {name: rows for name, rows in shop.state()[0].items() if rows != before[0][name]}
    assert not changed, str(changed)[:3000]
    assert shop.state() == before


@pytest.mark.parametrize("role", ["customer", *sorted(STAFF_ROLES)])
def test_a_session_that_ends_just_before_the_act_ends_the_act(shop, role):
    """Whoever signs out while a thief's request is on its way: what he sends finds no session to stand on."""
    tried = 0
    for op, path, body in list(doors_of(shop, role)):
        if op.session not in ("checked", "first"):
            continue
        shop.back()
        token = stepped_up(shop, role)
        headers = {"Authorization": f"Bearer {token}", "If-Match": '"1"'}
        if shop.say(op.method, path, body, key="k", **headers).status >= 300:
            continue
        shop.back()
        ended: list[Any] = []

        def ending(call, effect, ended=ended):
            if call.op == "TransactWriteItems" and not ended:
                ended.append(0)
                everything = table.get(Session, account_of(shop, role), _session(shop, role), consistent=True)
                assert everything is not None
                work = Work(worker("test"), "test")
                work.add(table.delete(Session, everything.owner, everything.part))
                work.commit()
                ended[0] = shop.state()
            return effect()

        with HOOK.held(ending):
            answer = shop.say(op.method, path, body, key="k", **headers)
        if not ended:
            continue  # it sends nothing: it is looked up
        assert (answer.status, answer.code) == (401, "SESSION_ENDED"), f"{op.method} {op.path}: {answer.text}"
        assert shop.state() == ended[0], f"{op.method} {op.path}"
        tried += 1
    assert tried >= 3, f"{role}: {tried}"


def _session(shop, role: str) -> str:
    return "session#" + jwt.decode(shop.tokens[role], options={"verify_signature": False})["sid"]


def test_a_thief_with_a_dead_token_cannot_sign_its_owner_out(shop):
    thief = stepped_up(shop, "customer")
    signed_out(shop, "customer")
    mine = signed_in(shop, "customer")
    answer = shop.say("POST", "/v1/auth/logout", {"everywhere": True}, Authorization=f"Bearer {thief}")
    assert answer.code == "SESSION_ENDED"
    assert shop.say("GET", "/v1/me", Authorization=f"Bearer {mine}").status == 200


def test_what_was_said_under_a_key_is_not_said_again_to_a_dead_token(shop):
    thief = stepped_up(shop, "customer")
    body = nasty.Doors(shop).body(
        next(op for op, *_ in doors_of(shop, "customer") if op.path == "/v1/me/addresses" and op.body)
    )
    first = shop.say("POST", "/v1/me/addresses", body, key="once", Authorization=f"Bearer {thief}")
    again = shop.say("POST", "/v1/me/addresses", body, key="once", Authorization=f"Bearer {thief}")
    assert (first.status, again.status, first.text) == (201, 200, again.text)
    signed_out(shop, "customer")
    dead = shop.say("POST", "/v1/me/addresses", body, key="once", Authorization=f"Bearer {thief}")
    assert (dead.status, dead.code) == (401, "SESSION_ENDED")
    assert first.json["address_id"] not in dead.text


def test_the_session_that_changed_the_contact_goes_on_and_the_next_ending_ends_it_too(shop):
    shop.advance(minutes=2)
    token = stepped_up(shop, "customer")
    other = signed_in(shop, "customer")
    shop.want("POST", "/v1/auth/codes", {"purpose": "bind", "email": "owner@example.com"})
    body = {"email": "owner@example.com", "code": people.last_code()}
    shop.want("PUT", "/v1/me/contact", body, Authorization=f"Bearer {token}")
    assert shop.say("PATCH", "/v1/me", {"name": "Ming"}, Authorization=f"Bearer {token}").status == 204
    assert shop.say("PATCH", "/v1/me", {"name": "Ming"}, Authorization=f"Bearer {other}").code == "SESSION_ENDED"
    again = shop.want("POST", "/v1/auth/refresh", {"refresh_token": shop.refreshers["customer"]})
    shop.want("POST", "/v1/auth/logout", {"everywhere": True}, Authorization=f"Bearer {again['access_token']}")
    for dead in (token, again["access_token"]):
        assert shop.say("PATCH", "/v1/me", {"name": "Ming"}, Authorization=f"Bearer {dead}").code == "SESSION_ENDED"
    assert shop.say("POST", "/v1/auth/refresh", {"refresh_token": again["refresh_token"]}).code == "SESSION_ENDED"


def test_a_session_that_is_too_old_stands_no_more(shop):
    work, at = Work(worker("test"), "test"), int(world.now().timestamp())
    work.add(
        table.update(
            Session, account_of(shop, "customer"), _session(shop, "customer"), actions=[Session.ends_at.set(at)]
        )
    )
    work.commit()
    presence.forget()
    for method, path, body in (("GET", "/v1/me", None), ("PATCH", "/v1/me", {"name": "Ming"})):
        assert shop.say(method, path, body, role="customer").code == "SESSION_ENDED"


def test_what_costs_nothing_is_not_placed_on_a_dead_token(shop, monkeypatch):
    """Placing alone moves nothing; but an order of nothing is paid at once, and goods move on it."""

    from chalicelib.kernel.money import Fen
    from chalicelib.processes.ordering.service import quotes

    read = quotes.read

    def free(text, customer):
        quote = read(text, customer)
        nothing = lambda run: run._replace(goods=Fen(0), freight=Fen(0))
        lines = tuple(line._replace(runs=tuple(map(nothing, line.runs))) for line in quote.lines)
        return quote._replace(lines=lines)

    monkeypatch.setattr(quotes, "read", free)
    monkeypatch.setattr(quotes, "stands", lambda _quote, _now: True)
    signed_out(shop, "customer")
    before = shop.state()
    answer = shop.say("POST", "/v1/orders", {"quote": shop.things["quote"][0]}, role="customer")
    assert (answer.status, answer.code) == (401, "SESSION_ENDED")
    assert shop.state() == before


def test_what_is_read_may_be_ten_seconds_old_and_no_older(shop):
    """In another process, where nobody was told."""
    assert shop.say("GET", "/v1/me", role="customer").status == 200
    mine = (account_of(shop, "customer"), _session(shop, "customer").removeprefix("session#"))
    kept = presence._seen.get(mine)
    signed_out(shop, "customer")
    presence._seen.put(mine, kept)
    shop.advance(seconds=9)
    assert shop.say("GET", "/v1/me", role="customer").status == 200
    shop.advance(seconds=1)
    assert shop.say("GET", "/v1/me", role="customer").code == "SESSION_ENDED"
    assert timedelta(seconds=presence.REMEMBERED_SECONDS) == timedelta(seconds=10)
    assert table.get(Account, account_of(shop, "customer"), ACCOUNT).state == "active"
