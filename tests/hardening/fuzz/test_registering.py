"""Registering tells nobody who has an account: an e-mail address that is somebody's is answered as one that is nobody's."""

from __future__ import annotations

import pytest

from chalicelib.records.identity.model import ACCOUNT, IDENTIFIER
from chalicelib.records.messages.channels import outbox
from tests.hardening.fuzz.test_signing_in import hashes  # noqa: F401  # the fixture
from tests.support import people

OWNER, NOBODY, SQUATTED = "owner@example.com", "nobody@example.com", "squatted@example.com"
OWN, GUESS, AWAY = "my very own 1", "a strangers 1", "192.0.2.44"


@pytest.fixture(autouse=True)
def as_deployed(shop, monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "1")


@pytest.fixture
def owner(shop):
    """Somebody whose address is shown to be theirs; and another address that somebody else only said was theirs."""
    shop.want("POST", "/v1/auth/codes", {"purpose": "register", "email": OWNER})
    body = {"email": OWNER, "code": people.last_code(), "password": OWN, "terms": "2026-01"}
    told = shop.want("POST", "/v1/auth/register", body)
    shop.want("POST", "/v1/auth/register", {"email": SQUATTED, "password": OWN, "terms": "2026-01"}, ip="10.9.0.1")
    outbox.clear()
    return told


def register(shop, email, password=GUESS, ip=AWAY):
    body = {"email": email, "password": password, "terms": "2026-01"}
    return shop.say("POST", "/v1/auth/register", body, ip=ip)


def login(shop, email, password=GUESS, ip=AWAY):
    return shop.say("POST", "/v1/auth/login", {"email": email, "password": password}, ip=ip)


def shape(answer):
    told = answer.json
    told = {name: type(value).__name__ for name, value in told.items()} if told and answer.status < 300 else told
    return answer.status, told, sorted(set(answer.headers) - {"x-request-id"})


def test_a_taken_address_is_registered_as_a_free_one(shop, owner, hashes):  # noqa: F811  # the fixture
    """The answer, the hashes and what is written, row by row, are alike."""
    seen = {}
    for email in (OWNER, SQUATTED, NOBODY):
        hashes.clear()
        at, saved = len(shop.cloud.engine.log), shop.snapshot()
        answer = register(shop, email)
        written = [one.table for one in shop.cloud.engine.log[at:]]
        seen[email] = (shape(answer), hashes.copy(), written)
        shop.restore(saved)
    assert seen[OWNER] == seen[SQUATTED] == seen[NOBODY]
    assert seen[OWNER][0][0] == 201


def test_what_comes_after_is_alike_too(shop, owner):
    """Sign in, look, prove, register again, with the right password and with others: no step of it tells."""
    seen = {}
    for email in (OWNER, SQUATTED, NOBODY):
        made = register(shop, email)
        bearer = {"Authorization": f"Bearer {made.json['access_token']}"}
        me = shop.say("GET", "/v1/me", **bearer).json
        told = [
            (me["email"] == email, {name: me[name] for name in me if name not in ("id", "user_id", "email", "joined_at")}),
            shape(login(shop, email)), shape(login(shop, email, "a strangers 2")), shape(register(shop, email)),
            shape(shop.say("POST", "/v1/auth/refresh", {"refresh_token": made.json["refresh_token"]})),
            shape(shop.say("POST", "/v1/auth/codes", {"purpose": "bind", "email": email}, ip=AWAY)),
            shape(shop.say("PUT", "/v1/me/contact", {"email": email, "code": "000000"}, **bearer)),
            shape(shop.say("PUT", "/v1/me/contact", {"phone": "13700137000", "code": "000000"}, **bearer)),
            shape(shop.say("PUT", "/v1/me/password", {"password": "another one 7", "old_password": GUESS}, **bearer)),
            shape(login(shop, email)), shape(login(shop, email, "another one 7")),
        ]  # fmt: skip
        seen[email] = told
    assert seen[OWNER] == seen[SQUATTED] == seen[NOBODY]
    assert [one[0] for one in seen[OWNER][1:]] == [200, 401, 409, 200, 202, 401, 401, 204, 401, 200]


def test_nothing_of_the_owner_leads_to_the_stranger_nor_back(shop, owner):
    made = register(shop, OWNER)
    assert made.json["user_id"] != owner["user_id"]
    assert login(shop, OWNER, OWN).json["user_id"] == owner["user_id"]
    assert login(shop, OWNER).json["user_id"] == made.json["user_id"]
    rows = shop.cloud.engine.rows("jishi-people")
    leads = [row["a"]["S"] for row in rows if row["r"]["S"] == IDENTIFIER and row["k"]["S"].startswith("email#")]
    assert leads.count(owner["user_id"]) == 1
    assert made.json["user_id"] not in leads
    held = next(row for row in rows if row["r"]["S"] == ACCOUNT and row["k"]["S"] == made.json["user_id"])
    assert held["x"]["S"] == "email", "what was said is shown to be nobody's"
    found = shop.want("GET", f"/v1/admin/users?email={OWNER}", role="support")["items"]
    assert [one["user_id"] for one in found] == [owner["user_id"]]
    shop.advance(minutes=2)
    shop.want("POST", "/v1/auth/codes", {"purpose": "login", "email": OWNER})
    by_code = shop.want("POST", "/v1/auth/login", {"email": OWNER, "code": people.last_code()})
    assert by_code["user_id"] == owner["user_id"]


def test_the_owner_is_told_there_and_once_a_day(shop, owner):
    for n in range(3):
        assert register(shop, OWNER, f"a strangers {n}1").status == 201
    assert register(shop, NOBODY).status == 201
    assert not outbox.latest(), "no answer waits for it"
    shop.carry()
    assert told_of_it() == [OWNER]
    shop.advance(minutes=24 * 60)
    register(shop, OWNER, "a strangers 9")
    shop.carry()
    assert told_of_it() == [OWNER, OWNER]


def told_of_it():
    return [one.address for one in outbox.latest() if "注册集市" in one.text]


def test_a_password_is_not_found_out_by_registering(shop, owner):
    """Whoever knows it is told that there is an account; ten guesses from a line, as for signing in."""
    assert register(shop, OWNER, OWN, ip="10.1.0.1").code == "IDENTITY_TAKEN"
    told = [register(shop, OWNER, f"a strangers {n}") for n in range(100, 112)]
    assert [one.status for one in told] == [201] * 10 + [429] * 2
    assert told[-1].code == "LOGIN_LOCKED"
    same = [register(shop, NOBODY, f"a strangers {n}") for n in range(100, 112)]
    assert [shape(one) for one in same] == [shape(one) for one in told]


def test_who_registered_second_and_shows_the_address_to_be_theirs_has_it(shop, owner):
    """It is the code that counts and not who came first; from then on the address alone leads to them."""
    made = register(shop, SQUATTED).json
    shop.want("POST", "/v1/auth/codes", {"purpose": "bind", "email": SQUATTED})
    body = {"email": SQUATTED, "code": people.last_code()}
    bearer = {"Authorization": f"Bearer {made['access_token']}"}
    assert shop.say("PUT", "/v1/me/contact", body, **bearer).status == 204
    assert login(shop, SQUATTED, OWN).code == "CREDENTIALS_WRONG", "who came first has it no more"
    assert login(shop, SQUATTED).json["user_id"] == made["user_id"]
    shop.advance(minutes=2)
    shop.want("POST", "/v1/auth/codes", {"purpose": "login", "email": SQUATTED})
    told = shop.want("POST", "/v1/auth/login", {"email": SQUATTED, "code": people.last_code()})
    assert told["user_id"] == made["user_id"]
    keys = [
        row["k"]["S"] for row in shop.cloud.engine.rows("jishi-people") if row.get("a", {}).get("S") == made["user_id"]
    ]
    assert [key.partition("#")[0] for key in keys] == ["email"], "and nothing else"


def test_a_closed_exit_does_not_tell_either(shop, owner, monkeypatch):
    """Not even of who was used from there: what was said at another exit is a stranger at this one."""
    monkeypatch.setenv("LOGIN_FAILURES_PER_IP", "3")
    shop.want("POST", "/v1/auth/login", {"email": OWNER, "password": OWN}, ip=AWAY)
    for email in (OWNER, NOBODY):
        assert register(shop, email, ip="10.1.0.1").status == 201
    for n in range(4):
        login(shop, f"x{n}@example.com")
    known, unknown = login(shop, OWNER), login(shop, NOBODY)
    assert (known.status, known.text) == (unknown.status, unknown.text)
    assert known.code == "LOGIN_LOCKED"
    assert login(shop, OWNER, OWN).status == 200, "who was there is let through"
