"""Codes that strangers ask for, and wrong ones that they try, leave a person their own."""

from __future__ import annotations

import pytest

from chalicelib.records.identity.access.rules import AROUND_TRIES, CODE_TRIES, STRANGERS_TRIES
from chalicelib.records.messages.channels import outbox
from tests.support import people

PHONE, HOME, AWAY, DEVICE = "13700137000", "198.51.100.7", "192.0.2.44", "0f8fad5b-d9cb-469f-a165"


@pytest.fixture(autouse=True)
def as_deployed(shop, monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "1")


@pytest.fixture
def victim(shop):
    """A customer who signed in at home, by a code; minutes later."""
    told = entered(shop, asked(shop, ip=HOME), "register", ip=HOME)
    assert told.status == 201, told.text
    shop.advance(minutes=2)
    return told.json


def ask(shop, purpose="login", ip=AWAY, **headers):
    return shop.say("POST", "/v1/auth/codes", {"purpose": purpose, "phone": PHONE}, ip=ip, **headers)


def asked(shop, purpose="login", ip=AWAY, **headers):
    """A code that was asked for, as its owner reads it."""
    answer = ask(shop, purpose, ip, **headers)
    assert answer.status == 202, answer.text
    return people.last_code()


def entered(shop, code, way="login", ip=AWAY, **headers):
    body = {"phone": PHONE, "code": code} | ({"terms": "2026-01"} if way == "register" else {})
    return shop.say("POST", f"/v1/auth/{way}", body, ip=ip, **headers)


def wrong(code, n=0):
    return f"{(int(code) + 1 + n) % 1_000_000:06d}"


def nets(count):
    return [f"10.{n}.0.1" for n in range(count)]


def test_a_strangers_wrong_codes_do_not_spoil_the_right_one(shop, victim):
    code = asked(shop, ip=HOME)
    assert {entered(shop, wrong(code, n), ip=AWAY).code for n in range(9)} == {"CODE_WRONG"}
    assert entered(shop, code, ip=HOME).status == 200


def test_a_stranger_has_five_tries_and_not_the_sixth_with_the_right_code(shop, victim):
    code = asked(shop, ip=HOME)
    assert {entered(shop, wrong(code, n), ip=AWAY).code for n in range(CODE_TRIES)} == {"CODE_WRONG"}
    assert entered(shop, code, ip=AWAY).code == "CODE_WRONG"
    assert entered(shop, code, ip="100.64.1.1").status == 200, "who reads it may be elsewhere than where they asked"


def test_strangers_all_over_the_world_have_an_end_and_the_asker_their_own_tries(shop, victim):
    code = asked(shop, ip=HOME)
    for n, ip in enumerate(nets(STRANGERS_TRIES)):
        assert entered(shop, wrong(code, n), ip=ip).code == "CODE_WRONG"
    assert entered(shop, code, ip="100.64.1.1").code == "CODE_WRONG", "guessing is bounded"
    for n in range(CODE_TRIES - 1):
        assert entered(shop, wrong(code, n), ip=HOME).code == "CODE_WRONG"
    assert entered(shop, code, ip=HOME).status == 200


def test_the_asker_has_five_tries_too(shop, victim):
    code = asked(shop, ip=HOME)
    for n in range(CODE_TRIES):
        assert entered(shop, wrong(code, n), ip=HOME).code == "CODE_WRONG"
    assert entered(shop, code, ip=HOME).code == "CODE_WRONG"


def test_one_house_with_many_addresses_tries_ten_times(shop, victim):
    code = asked(shop, ip=HOME)
    for n in range(AROUND_TRIES):
        assert entered(shop, wrong(code, n), ip=f"2001:db8:77:{n:x}::1").code == "CODE_WRONG"
    assert entered(shop, code, ip="2001:db8:77:ff::1").code == "CODE_WRONG"
    assert entered(shop, code, ip="2001:db8:78::1").status == 200


def test_who_shares_an_exit_with_an_intruder_is_told_apart_by_their_device(shop, victim):
    code = asked(shop, ip=HOME, **{"X-Device": DEVICE})
    for n in range(CODE_TRIES + 1):
        assert entered(shop, wrong(code, n), ip=HOME, **{"X-Device": f"made-up-device-{n:06d}"}).code == "CODE_WRONG"
    assert entered(shop, code, ip=HOME, **{"X-Device": DEVICE}).status == 200


def test_another_purpose_leaves_a_pending_code_alone(shop, victim):
    code = asked(shop, "login", ip=HOME)
    others = [asked(shop, purpose, ip=AWAY) for purpose in ("password", "bind", "step_up")]
    assert entered(shop, code, ip=HOME).status == 200
    for purpose, other in zip(("password", "bind", "step_up"), others, strict=True):
        if purpose == "password":
            reset = {"phone": PHONE, "code": code, "password": "long enough 1"}
            assert shop.say("POST", "/v1/auth/password", reset, ip=HOME).code == "CODE_WRONG"
            told = shop.say("POST", "/v1/auth/password", reset | {"code": other}, ip=HOME)
            assert told.status == 200, told.text


def test_what_strangers_ask_for_leaves_a_person_their_own(shop, victim):
    """Nine asks, or all that there are, and from everywhere."""
    sent = 0
    for n in range(40):
        sent += ask(shop, ip=nets(8)[n % 8]).status == 202
        shop.advance(minutes=1.1)
    assert sent == 9, "with the one that its owner registered by ten a day: a phone is not rung all day"
    assert ask(shop, ip="172.20.0.1").code == "CODE_TOO_OFTEN"
    assert entered(shop, asked(shop, ip=HOME), ip=HOME).status == 200


def test_one_network_asks_five_times(shop, victim):
    sent = 0
    for n in range(12):
        sent += ask(shop, ip=f"192.0.2.{n}").status == 202
        shop.advance(minutes=1.1)
    assert sent == 5
    assert ask(shop, ip="10.0.0.1").status == 202, "the others have theirs"


def test_who_is_signed_in_and_whose_device_is_known_ask_from_anywhere(shop, victim):
    shop.advance(minutes=2)
    assert entered(shop, asked(shop, ip=HOME), ip=HOME, **{"X-Device": DEVICE}).status == 200
    for n in range(12):
        shop.advance(minutes=1.1)
        ask(shop, ip=nets(12)[n])
    shop.advance(minutes=1.1)
    bearer = {"Authorization": f"Bearer {shop.want('POST', '/v1/auth/refresh', fresh(victim))['access_token']}"}
    assert ask(shop, "step_up", ip="172.20.0.1").code == "CODE_TOO_OFTEN"
    assert ask(shop, "step_up", ip="172.20.0.1", **bearer).status == 202
    assert ask(shop, "password", ip="172.20.0.1", **{"X-Device": DEVICE}).status == 202


def fresh(victim):
    return {"refresh_token": victim["refresh_token"]}


def test_asking_tells_nothing_about_who_is_known_however_often(shop, victim):
    """From one network the share is the same, also from one that an account was used from."""
    shop.advance(minutes=24 * 60)
    told = {}
    for phone in (PHONE, "13700137111"):
        told[phone] = []
        for _ in range(7):
            body = {"purpose": "login", "phone": phone}
            answer = shop.say("POST", "/v1/auth/codes", body, ip="198.51.100.99")
            told[phone].append((answer.status, answer.text))
            shop.advance(minutes=1.1)
    known, unknown = told.values()
    assert known == unknown
    assert [status for status, _ in unknown] == [202] * 5 + [429] * 2


def test_who_only_said_that_an_address_was_theirs_has_no_share_of_its_owners(shop):
    squat = {"email": "li@example.com", "password": "long enough 1", "terms": "2026-01"}
    assert shop.say("POST", "/v1/auth/register", squat, ip=AWAY).status == 201
    outbox.clear()
    for n in range(30):
        ip = nets(3)[n % 3] if n % 2 else AWAY
        shop.say("POST", "/v1/auth/codes", {"purpose": "login", "email": "li@example.com"}, ip=ip)
        shop.advance(minutes=1.1)
    assert len([one for one in outbox.latest() if one.address == "li@example.com"]) == 10
