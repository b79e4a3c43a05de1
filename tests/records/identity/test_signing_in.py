"""Registering, signing in, and being locked out."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.identity.access.rules import FAILURES, Gate, record_attempt
from chalicelib.records.identity.access.service import identify, passwords, verification_codes
from chalicelib.records.identity.accounts.rules import IdentityTaken
from chalicelib.records.identity.events import UserLoggedIn, UserRegistered
from chalicelib.records.identity.model import ACCOUNT, IDENTIFIER, Account, IdentifierRow
from chalicelib.records.identity.sign_in.service import signing_in
from chalicelib.runtime import settings, table, world
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.people import TERMS
from tests.support.world import minutes

EMAIL, PASSWORD = "li@example.com", "long enough 1"


def told(wire):
    """How often a fact was told."""
    return sum(fact[0] == wire for row in aws.rows(Journal) if row.facts for fact in json.loads(row.facts))


def enrol(front, email=EMAIL, password=PASSWORD):
    answer = front.post("/v1/auth/register", {"email": email, "password": password, "terms": TERMS})
    assert answer.status == 201, answer.text
    return answer


def login(front, email=EMAIL, password=PASSWORD, **more):
    return front.post("/v1/auth/login", {"email": email, "password": password, **more})


def test_phone_and_code_register_once_and_sign_in(front, engine):
    who = people.register(front, "138 0013 8000")
    assert who.id.startswith("U")
    assert identify(who.token, world.now()).role == "customer"

    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone="+8613800138000")
    again = front.post("/v1/auth/login", {"phone": "13800138000", "code": code})
    assert again.status == 200
    assert again.json["user_id"] == who.id
    assert told(UserRegistered.wire) == 1


def test_a_guest_has_an_id_and_nothing_but_a_cart(front):
    who = people.guest(front)
    caller = identify(who.token, world.now())
    assert (who.id[0], caller.role) == ("G", "guest")
    assert caller.may("carts:edit")
    assert not caller.may("orders:place")


def test_email_and_password(front):
    made = enrol(front, "Li@Example.com")
    right, wrong = login(front), login(front, password="long enough 2")
    assert (right.status, right.json["user_id"]) == (200, made.json["user_id"])
    assert (wrong.status, wrong.json["code"]) == (401, "CREDENTIALS_WRONG")


def test_an_unknown_account_and_a_wrong_password_look_alike(front):
    enrol(front)
    known, unknown = login(front, password="long enough 2"), login(front, "nobody@example.com", "long enough 2")
    assert (known.status, known.json) == (unknown.status, unknown.json)


def test_an_unknown_account_costs_the_same_reads_and_the_same_hash(front, monkeypatch):
    enrol(front)
    seen: list[str] = []
    fits, get = passwords.fits, table.get
    monkeypatch.setattr(passwords, "fits", lambda *a: (seen.append("hash"), fits(*a))[1])
    monkeypatch.setattr(table, "get", lambda model, *a, **k: (seen.append(model.__name__), get(model, *a, **k))[1])
    login(front, password="long enough 2")
    known, seen[:] = list(seen), []
    login(front, "nobody@example.com", "long enough 2")
    assert seen == known
    assert "hash" in seen


def test_a_phone_or_email_belongs_to_one_account(front, engine):
    people.register(front)
    engine.advance(minutes(2))
    code = people.code_for(front, "register", phone="13800138000")
    again = front.post("/v1/auth/register", {"phone": "13800138000", "code": code, "terms": TERMS})
    assert (again.status, again.json["code"]) == (409, "IDENTITY_TAKEN")
    enrol(front)
    again = front.post("/v1/auth/register", {"email": EMAIL, "password": PASSWORD, "terms": TERMS})
    assert (again.status, again.json["code"]) == (409, "IDENTITY_TAKEN"), "to who knows the password"


def test_of_two_who_register_the_same_address_at_once_one_wins(front, monkeypatch):
    to = verification_codes.target(None, EMAIL)
    commit, once = Work.commit, []

    def overtaken(self, reply=None):
        if not once:
            once.append(
                signing_in.register(to, TERMS, Work(ANYONE, "first"), password=PASSWORD)
            ) if once else once.append(0)
            once[0] = signing_in.register(to, TERMS, Work(ANYONE, "first"), password=PASSWORD)
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    with pytest.raises(IdentityTaken):
        signing_in.register(to, TERMS, Work(ANYONE, "second"), password=PASSWORD)
    assert len(aws.rows_of(Account, ACCOUNT)) == len(aws.rows_of(IdentifierRow, IDENTIFIER)) == 1
    assert told(UserRegistered.wire) == 1


def test_registering_needs_a_proof_and_the_terms(front):
    assert front.post("/v1/auth/register", {"phone": "13800138000", "password": PASSWORD, "terms": TERMS}).status == 401
    assert front.post("/v1/auth/register", {"email": EMAIL, "terms": TERMS}).status == 401
    assert front.post("/v1/auth/register", {"email": EMAIL, "password": PASSWORD}).status == 422
    both = {"email": EMAIL, "phone": "13800138000", "password": PASSWORD, "terms": TERMS}
    assert front.post("/v1/auth/register", both).json["code"] == "TARGET_NEEDED"


@pytest.mark.parametrize(
    "password",
    ["short 1", "aaaaaaaaaa", "abcdefghij", "12345678", "li@example.com", "ababababab", "password", "qwertyui",
     "iloveyou", "password1", "a2345678", "P@ssw0rd", "Password_2026!", "1qaz2wsx", "woaini1314", "abcd1234"],
)  # fmt: skip
def test_weak_passwords_are_refused(front, password):
    assert front.post("/v1/auth/register", {"email": EMAIL, "password": password, "terms": TERMS}).status == 422


@pytest.mark.parametrize("password", ["correct horse 7", "my password is not this", "k7#tWq2p", "一二三四五六七八九"])
def test_what_few_would_guess_is_taken(front, password):
    enrol(front, password=password)


def test_registrations_from_one_address_are_limited(front, monkeypatch):
    monkeypatch.setenv("REGISTRATIONS_PER_IP_HOUR", "2")
    enrol(front, "a@example.com")
    enrol(front, "b@example.com")
    third = front.post("/v1/auth/register", {"email": "c@example.com", "password": PASSWORD, "terms": TERMS})
    assert (third.status, third.json["code"]) == (429, "REGISTERED_TOO_OFTEN")


def test_ten_failures_close_the_door_for_a_while_and_longer_each_time(front, engine):
    enrol(front)
    assert [login(front, password=f"wrong one {n}").status for n in range(10)] == [401] * 10
    closed = login(front)
    assert (closed.status, closed.json["code"], closed.json["params"]["seconds"]) == (429, "LOGIN_LOCKED", 900)
    engine.advance(minutes(15))
    assert [login(front, password=f"wrong again {n}").status for n in range(5)] == [401] * 5
    assert login(front).json["params"]["seconds"] == 1800
    engine.advance(minutes(30))
    assert login(front).status == 200


def test_the_tenth_attempt_may_still_be_right_and_forgets_the_failures(front):
    enrol(front)
    for _ in range(2):
        assert [login(front, password=f"wrong one {n}").status for n in range(9)] == [401] * 9
        assert login(front).status == 200


def test_failures_are_forgotten_after_a_quarter_of_an_hour(front, engine):
    enrol(front)
    for _ in range(3):
        assert [login(front, password=f"wrong one {n}").status for n in range(9)] == [401] * 9
        engine.advance(minutes(15))
    assert login(front).status == 200


def test_an_unknown_account_is_locked_alike(front):
    assert [login(front, "nobody@example.com", f"wrong one {n}").status for n in range(11)] == [401] * 10 + [429]


def test_many_accounts_tried_from_one_address_close_the_address(front, monkeypatch):
    monkeypatch.setenv("LOGIN_FAILURES_PER_IP", "3")
    enrol(front)
    assert [login(front, f"x{n}@example.com").status for n in range(3)] == [401] * 3
    assert login(front, "x4@example.com").json["code"] == "LOGIN_LOCKED"


def test_attempts_at_a_closed_account_count_against_the_address(front, monkeypatch):
    monkeypatch.setenv("LOGIN_FAILURES_PER_IP", "12")
    enrol(front)
    assert [login(front, password="long enough 2").status for _ in range(12)] == [401] * 10 + [429] * 2
    elsewhere = login(front, "nobody@example.com")
    assert (elsewhere.status, elsewhere.json["code"]) == (429, "LOGIN_LOCKED")


@given(st.lists(st.integers(1, 3600), max_size=80), st.integers(1, 60))
def test_after_each_lock_there_are_some_tries_before_the_next(waits, most):
    gate, at, tries = Gate(), 0, 0
    for wait in waits:
        before, gate = gate, record_attempt(gate, at, most) or gate
        tries += gate != before
        if gate.closed_until > at and gate != before:
            assert tries >= max(1, most // 2)
            tries = 0
        at += wait


def test_one_wrong_attempt_an_hour_keeps_nobody_out():
    gate = Gate()
    for n in range(FAILURES):
        gate = record_attempt(gate, n)
    for hour in range(1, 48):
        gate = record_attempt(gate, hour * 3600)
        assert gate.closed_until <= hour * 3600


def test_a_gate_is_never_closed_for_good():
    gate, at = Gate(), 0
    for _ in range(200):
        gate = record_attempt(gate, at) or gate
        at += 1 if gate.failures < FAILURES else 3600
        assert gate.closed_until - at <= 3600


def test_the_last_login_is_noted_at_most_once_an_hour(front, engine):
    enrol(front)
    for _ in range(3):
        engine.advance(minutes(10))
        assert login(front).status == 200
    assert told(UserLoggedIn.wire) == 1
    engine.advance(minutes(31))
    assert login(front).status == 200
    assert told(UserLoggedIn.wire) == 2


def test_two_who_sign_in_at_once_both_do(front, engine, monkeypatch):
    enrol(front)
    engine.advance(minutes(90))
    commit, once = Work.commit, []

    def overtaken(self, reply=None):
        if not once:
            once.append(0)
            once[0] = login(front).status
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    assert (login(front).status, once) == (200, [200])


def test_a_password_hash_with_older_parameters_is_made_anew(front, monkeypatch):
    monkeypatch.setattr(passwords, "ITERATIONS", 1)
    enrol(front)
    old = aws.rows_of(Account, ACCOUNT)[0].password
    monkeypatch.undo()
    assert passwords.outdated(old)
    assert login(front).status == 200
    new = aws.rows_of(Account, ACCOUNT)[0].password
    assert new.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert login(front).status == 200


def test_a_forgotten_password_is_set_anew_and_ends_all_sessions(front):
    made = enrol(front)
    code = people.code_for(front, "password", email=EMAIL)
    new = front.post("/v1/auth/password", {"email": EMAIL, "code": code, "password": "quite another 1"})
    assert new.status == 200
    assert front.post("/v1/auth/refresh", {"refresh_token": made.json["refresh_token"]}).status == 401
    assert front.post("/v1/auth/refresh", {"refresh_token": new.json["refresh_token"]}).status == 200
    assert (login(front).status, login(front, password="quite another 1").status) == (401, 200)


def bind(front, token, **to):
    return front.put("/v1/me/contact", {**to, "code": people.code_for(front, "bind", **to)}, token=token)


def test_an_address_that_nobody_has_shown_to_be_theirs_binds_nothing(front):
    who = people.person(enrol(front))
    assert bind(front, who.token, phone="13900139000").json["code"] == "EMAIL_UNPROVEN"


def test_an_address_is_shown_to_be_ones_own_by_a_code_to_it(front, engine):
    who = people.person(enrol(front))
    assert bind(front, who.token, email=EMAIL).status == 204
    who = people.proven(front, engine, who, email=EMAIL)
    assert bind(front, who.token, phone="13900139000").status == 204
    assert login(front).status == 200


class WeChat(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        person = asked["js_code"]
        answers = {
            "busy": {"errcode": -1},
            "bad": {"errcode": 40029, "errmsg": "invalid code"},
            "odd": [],
            "none": {"openid": ""},
            "spaced": {"openid": "o amy"},
            "broken": {"openid": "o-amy\n"},
            "other": {"openid": "o-\u0663"},
            "number": {"openid": 7},
            "long": {"openid": "o" * 129},
            "union": {"openid": "o-amy", "unionid": "u\u200b"},
        }
        if re.fullmatch("[0-9]{5}", person):
            answers[person] = {"errcode": int(person), "errmsg": "no"}
        body = json.dumps(
            answers.get(person, {"openid": f"o-{person}", "unionid": f"u-{person[:2]}", "session_key": "k"})
        )
        if person == "down":
            self.send_error(500)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def wechat(front):
    server = HTTPServer(("127.0.0.1", 0), WeChat)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    here = {"base_url": f"http://127.0.0.1:{server.server_port}", "appid": "wx1", "secret": "s"}
    settings.use_secrets({"keys": settings.secret("keys"), "legal_records": {}, "wechat_login": here})
    yield lambda code, **more: front.post("/v1/auth/social/wechat", {"code": code, **more})
    server.shutdown()
    thread.join()
    server.server_close()


def test_wechat_registers_who_comes_first_time_and_signs_in_after(wechat):
    assert wechat("amy").json["code"] == "TERMS_NEEDED"
    first, again = wechat("amy", terms=TERMS), wechat("amy")
    assert (first.status, again.status) == (200, 200)
    assert first.json["user_id"] == again.json["user_id"]
    assert wechat("bob", terms=TERMS).json["user_id"] != first.json["user_id"]


def test_one_person_in_two_apps_is_one_account(wechat):
    assert wechat("am1", terms=TERMS).json["user_id"] == wechat("am2").json["user_id"] == wechat("am2").json["user_id"]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("bad", 401),
        ("none", 401),
        ("busy", 503),
        ("odd", 503),
        ("down", 503),
        ("spaced", 503),
        ("broken", 503),
        ("other", 503),
        ("number", 503),
        ("long", 503),
        ("union", 503),
        ("40163", 401),
        ("40226", 401),
        ("41008", 401),
        ("45011", 503),
        ("40013", 503),
        ("40125", 503),
        ("41002", 503),
        ("49999", 503),
    ],
)
def test_wechats_refusals_are_told_apart_and_ours_ring(wechat, capfd, monkeypatch, code, status):
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    assert wechat(code, terms=TERMS).status == status
    assert ("LoginMisconfigured" in capfd.readouterr().out) is (code in ("40013", "40125", "41002", "49999"))


@pytest.mark.parametrize("lost", ["base_url", "appid", "secret"])
def test_a_contract_with_wechat_that_is_not_whole_rings_and_answers_503(wechat, capfd, monkeypatch, lost):
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    held = {name: value for name, value in settings.secret("wechat_login").items() if name != lost}
    settings.use_secrets({"keys": settings.secret("keys"), "legal_records": {}, "wechat_login": held})
    assert wechat("amy", terms=TERMS).status == 503
    assert "LoginMisconfigured" in capfd.readouterr().out


def test_a_deployed_shop_asks_wechat_only_over_https(wechat, monkeypatch):
    monkeypatch.setenv("JISHI_STAGE", "prod")
    assert wechat("amy", terms=TERMS).json["code"] == "LOGIN_PROVIDER_DOWN"


def test_an_unknown_provider_is_not_there(front):
    assert front.post("/v1/auth/social/myspace", {"code": "x"}).status == 404
