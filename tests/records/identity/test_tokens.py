"""Access tokens: forged, borrowed, old and early ones open nothing; refresh tokens work once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import jwt
import pytest

from chalicelib.records.identity.access.rules import SessionEnded, TokenInvalid
from chalicelib.records.identity.access.service import guest_of, identify, sessions, tokens
from chalicelib.records.identity.access.steps.sessions import end_sessions
from chalicelib.records.identity.accounts.service import presence
from chalicelib.records.identity.events import UserSessionsEnded
from chalicelib.records.identity.model import Session
from chalicelib.records.identity.staff.rules import DemoOnly
from chalicelib.records.identity.staff.service import staff
from chalicelib.runtime import keys, settings, world
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.doors import done
from tests.support.world import minutes


def claims(**other):
    at = int(world.now().timestamp())
    return {
        "iss": "jishi",
        "aud": "jishi-api",
        "sub": "U01JZ0000000000000000000000",
        "role": "customer",
        "ver": 1,
        "sid": "L1",
        "iat": at,
        "nbf": at,
        "exp": at + 600,
        **other,
    }


def signed(told, *, kid="t1", key=None):
    return jwt.encode(told, key or keys.token_keys()["t1"], algorithm="EdDSA", headers={"kid": kid})


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(told):
    return f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 't1'})}.{part(told)}."


def with_public_key_as_secret(told):
    """The swap: the public key used as an HMAC secret."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    public = load_pem_private_key(keys.token_keys()["t1"].encode(), None).public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 't1'})}.{part(told)}"
    mac = hmac.new(secret, head.encode(), hashlib.sha256).digest()
    return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def of_another_shop(told):
    return signed(told, key=keys.complete({})["keys"]["jwt"]["t1"])


def altered(told):
    head, _, mac = signed(told).split(".")
    return f"{head}.{part({**told, 'role': 'admin'})}.{mac}"


ATTACKS = {
    "algorithm none": lambda: unsigned(claims()),
    "public key as HMAC secret": lambda: with_public_key_as_secret(claims()),
    "signed by another shop": lambda: of_another_shop(claims()),
    "role raised afterwards": lambda: altered(claims()),
    "another audience": lambda: signed(claims(aud="elsewhere")),
    "another issuer": lambda: signed(claims(iss="elsewhere")),
    "expired": lambda: signed(claims(exp=int(world.now().timestamp()))),
    "from the future": lambda: signed(claims(nbf=int(world.now().timestamp()) + 60)),
    "unknown key": lambda: signed(claims(), kid="t9"),
    "no key named": lambda: jwt.encode(claims(), keys.token_keys()["t1"], algorithm="EdDSA"),
    "no expiry": lambda: signed({k: v for k, v in claims().items() if k != "exp"}),
    "expiry as text": lambda: signed(claims(exp=float(world.now().timestamp()) + 600)),
    "unknown role": lambda: signed(claims(role="owner")),
    "nobody": lambda: signed(claims(sub="")),
    "staff that is not there": lambda: signed(claims(sub="A01JZ0000000000000000000000", role="admin")),
    "customer calling themselves admin": lambda: signed(claims(role="admin")),
    "not a token": lambda: "x.y.z",
    "empty": lambda: "",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_not_ours_now_opens_nothing(front, attack):
    token = ATTACKS[attack]()
    with pytest.raises(TokenInvalid):
        identify(token, world.now())
    answer = front.get("/v1/me", token=token or "x")
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_good_token_is_known_without_a_read(engine, monkeypatch):
    told = identify(signed(claims()), world.now())
    assert (told.id, told.role, told.session, told.fresh) == ("U01JZ0000000000000000000000", "customer", "L1", False)
    assert told.may("orders:place")
    assert not told.may("refunds:approve")


def test_a_signature_is_checked_once(engine, monkeypatch):
    checked, genuine = [], jwt.decode
    monkeypatch.setattr(jwt, "decode", lambda *a, **k: (checked.append(a), genuine(*a, **k))[1])
    token, other = signed(claims()), signed(claims(sid="L2"))
    told = [identify(each, world.now()).session for each in (token, other, token, other, token)]
    assert told == ["L1", "L2", "L1", "L2", "L1"]
    assert len(checked) == 2


def test_a_token_that_is_remembered_ends_with_its_time(engine):
    token = signed(claims())
    assert identify(token, world.now())
    engine.advance(minutes(10))
    with pytest.raises(TokenInvalid):
        identify(token, world.now())


def test_a_token_that_is_remembered_ends_with_its_key(engine):
    token, secret = signed(claims()), settings.secret("keys")
    assert identify(token, world.now())
    settings.use_secrets({"keys": {**secret, "jwt": {"t2": secret["jwt"]["t1"]}}, "legal_records": {}})
    with pytest.raises(TokenInvalid):
        identify(token, world.now())
    settings.use_secrets({"keys": {**secret, "jwt": keys.complete({})["keys"]["jwt"]}, "legal_records": {}})
    with pytest.raises(TokenInvalid):
        identify(token, world.now())


def test_a_token_that_is_remembered_is_one_shops_alone(engine, monkeypatch):
    token = signed(claims())
    assert identify(token, world.now())
    monkeypatch.setenv("TOKEN_ISSUER", "elsewhere")
    with pytest.raises(TokenInvalid):
        identify(token, world.now())


def test_a_token_that_says_the_same_otherwise_is_checked_itself(engine):
    token = signed(claims())
    assert identify(token, world.now())
    head, body, mac = token.split(".")
    for forged in (altered(claims()), f"{head}.{body}.{mac[:-4]}AAAA", f"{head}.{body}.", token + "A"):
        with pytest.raises(TokenInvalid):
            identify(forged, world.now())


def test_tokens_of_an_older_key_are_good_until_they_expire(engine):
    old = signed(claims())
    settings.use_secrets(keys.rotated({"keys": settings.secret("keys"), "legal_records": {}}))
    assert identify(old, world.now()).role == "customer"
    now = tokens.issue("U1", ["customer"], world.now())
    assert jwt.get_unverified_header(now)["kid"] == "t2"


def test_a_second_factor_counts_for_ten_minutes(engine):
    at = int(world.now().timestamp())
    token = signed(claims(fsh=at, exp=at + 3600))
    assert identify(token, world.now()).fresh
    engine.advance(minutes(10.5))
    assert not identify(token, world.now()).fresh


def test_only_a_guests_token_is_taken_for_a_guest(front):
    guest, customer = people.guest(front), people.register(front)
    assert guest_of(guest.token, world.now()) == guest.id
    with pytest.raises(TokenInvalid):
        guest_of(customer.token, world.now())


def refreshed(front, token):
    return front.post("/v1/auth/refresh", {"refresh_token": token})


def test_a_refresh_token_is_changed_at_every_use(front):
    who = people.register(front)
    first = refreshed(front, who.refresh)
    assert first.status == 200
    second = refreshed(front, first.json["refresh_token"])
    assert second.status == 200
    assert len({who.refresh, first.json["refresh_token"], second.json["refresh_token"]}) == 3


def test_a_lost_answer_is_given_again_within_ten_seconds(front, engine):
    who = people.register(front)
    engine.advance(minutes(1))
    first = refreshed(front, who.refresh)
    engine.advance(minutes(9 / 60))
    assert refreshed(front, who.refresh).json == first.json
    assert refreshed(front, first.json["refresh_token"]).status == 200


@pytest.mark.parametrize("which", ["made up", "of two uses ago"])
def test_within_the_grace_only_the_former_token_is_answered_again(front, engine, which):
    """Whoever knows the names of account and session, which every token tells, knows no secret."""
    who = people.register(front)
    second = refreshed(front, who.refresh).json["refresh_token"]
    third = refreshed(front, second).json["refresh_token"]
    account, session, _ = who.refresh.split(".")
    odd = {"made up": f"{account}.{session}.{'A' * 43}", "of two uses ago": who.refresh}[which]
    answer = refreshed(front, odd)
    assert (answer.status, answer.json["code"]) == (401, "SESSION_ENDED")
    assert refreshed(front, third).status == 401, "and it was no lost answer, so the session ends"


@pytest.mark.parametrize(("seconds", "status"), [(10, 200), (11, 401)])
def test_the_grace_is_ten_seconds(front, engine, seconds, status):
    who = people.register(front)
    refreshed(front, who.refresh)
    engine.advance(minutes(seconds / 60))
    assert refreshed(front, who.refresh).status == status


@pytest.mark.parametrize(("early", "status"), [(1, 200), (0, 401)])
def test_a_session_lasts_to_the_second(front, engine, early, status):
    who = people.register(front)
    ends = int(aws.rows_of(Session, "session#")[0].ends_at)
    engine.at = datetime.fromtimestamp(ends - early, UTC)
    assert refreshed(front, who.refresh).status == status


def test_a_refresh_token_used_twice_ends_its_session_for_the_thief_too(front, engine):
    who = people.register(front)
    stolen = refreshed(front, who.refresh).json["refresh_token"]
    engine.advance(minutes(1))
    reused = refreshed(front, who.refresh)
    assert (reused.status, reused.json["code"]) == (401, "SESSION_ENDED")
    assert refreshed(front, stolen).status == 401
    assert not aws.rows_of(Session, "session#")
    assert any(UserSessionsEnded.wire in (row.facts or "") for row in aws.rows(Journal))


def test_two_uses_at_once_give_one_session_and_one_answer(front, engine):
    who = people.register(front)
    works = [Work(ANYONE, "POST /v1/auth/refresh") for _ in range(2)]
    told = [sessions.refresh(who.refresh, work) for work in works]
    assert told[0] == told[1]


def test_a_refresh_that_loses_the_race_gets_the_winners_answer(front, engine, monkeypatch):
    who = people.register(front)
    winner: list[sessions.Tokens] = []
    commit = Work.commit

    def overtaken(self, reply=None):
        if not winner:
            winner.append(None)
            winner[0] = sessions.refresh(who.refresh, Work(ANYONE, "twin"))
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    assert sessions.refresh(who.refresh, Work(ANYONE, "late")) == winner[0]


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c", "U1.L1." + "A" * 43, "." * 50])
def test_what_is_no_refresh_token_is_refused(engine, token):
    with pytest.raises(SessionEnded):
        sessions.refresh(token, Work(ANYONE, "x"))


def test_a_session_ends_a_month_after_its_last_use(front, engine):
    who = people.register(front)
    engine.advance(minutes(60 * 24 * 31))
    assert refreshed(front, who.refresh).status == 401


def test_signing_out_ends_this_session_and_everywhere_ends_all(front, engine):
    who = people.register(front)
    code = signed_in_again(front, engine)
    assert front.post("/v1/auth/logout", {}, token=who.token).status == 204
    assert refreshed(front, who.refresh).status == 401
    assert front.post("/v1/auth/logout", {}, token=who.token).status == 204

    assert front.post("/v1/auth/logout", {"everywhere": True}, token=code.token).status == 204
    assert refreshed(front, code.refresh).status == 401


def signed_in_again(front, engine):
    engine.advance(minutes(1.1))
    code = people.code_for(front, "login", phone="13800138000")
    return people.person(front.post("/v1/auth/login", {"phone": "13800138000", "code": code}))


def test_staff_lose_their_rights_at_once(front, engine):
    who = people.member(front, "support")
    assert front.get("/v1/admin/users?day=2026-06-01", token=who.token).status == 200
    done(sessions.end_all, who.id, "everywhere")
    assert front.get("/v1/admin/users?day=2026-06-01", token=who.token).status == 401


def test_staff_who_come_back_with_a_new_token_are_let_in_at_once(front, engine):
    who = people.member(front, "support")
    assert front.get("/v1/admin/users?day=2026-06-01", token=who.token).status == 200
    newer = people.token(who.id, "support", version=2)
    work = Work(ANYONE, "x")
    work.add(end_sessions(who.id))
    work.commit()  # in another process: this one still remembers the former version
    assert front.get("/v1/admin/users?day=2026-06-01", token=newer).status == 200
    assert front.get("/v1/admin/users?day=2026-06-01", token=who.token).status == 401


def test_staff_who_sign_out_are_out_at_once(front, engine):
    demo = staff.demo("support")
    first = people.signed_in(front, demo)
    engine.advance(minutes(1))
    second = people.signed_in(front, demo)
    assert front.get("/v1/admin/users?day=2026-06-01", token=first.token).status == 200
    assert front.post("/v1/auth/logout", {}, token=first.token).status == 204
    assert front.get("/v1/admin/users?day=2026-06-01", token=first.token).status == 401
    assert front.get("/v1/admin/users?day=2026-06-01", token=second.token).status == 200, "only this session has ended"


def test_staff_who_signed_out_in_another_process_are_out_within_ten_seconds(front, engine):
    demo = staff.demo("support")
    who = people.signed_in(front, demo)
    assert front.get("/v1/admin/users?day=2026-06-01", token=who.token).status == 200
    caller = tokens.identify(who.token, engine.now())
    kept = presence._seen.get((caller.id, caller.session))
    assert front.post("/v1/auth/logout", {}, token=who.token).status == 204
    presence._seen.put((caller.id, caller.session), kept)
    engine.advance(minutes(11 / 60))
    assert front.get("/v1/admin/users?day=2026-06-01", token=who.token).status == 401


def test_demonstration_logins_are_the_same_each_time_and_only_local(engine, monkeypatch):
    assert staff.demo("finance") == staff.demo("finance")
    monkeypatch.setenv("JISHI_STAGE", "prod")
    with pytest.raises(DemoOnly):
        staff.demo("finance")
