"""Locks hurt who tries, and nobody else: wrong passwords and second factors are counted where they come from."""

from __future__ import annotations

import json

import pytest

from chalicelib.records.identity.access.rules import (
    AROUND_FAILURES,
    CLOSED_FAILURES,
    FAILURES,
    STRANGERS_FACTORS,
    STRANGERS_FAILURES,
)
from chalicelib.records.identity.events import StaffLoginFailed
from chalicelib.records.identity.model import Lockout
from chalicelib.records.identity.staff.service import staff
from tests.hardening.fuzz.test_signing_in import hashes  # noqa: F401  # the fixture
from tests.support import people

HOME, AWAY, DEVICE = "198.51.100.7", "192.0.2.44", "0f8fad5b-d9cb-469f-a165"
CUSTOMER, PASSWORD, WRONG = "li@example.com", "long enough 1", "quite wrong 7"


@pytest.fixture(autouse=True)
def as_deployed(shop, monkeypatch):
    monkeypatch.setenv("LIMIT_SCALE", "1")


@pytest.fixture
def finance(shop):
    """Somebody who moves money and once signed in at home."""
    demo = staff.demo("finance")
    assert login(shop, demo, totp=people.totp(demo.totp_secret), ip=HOME).status == 200
    shop.advance(minutes=1)
    return demo


@pytest.fixture
def customer(shop):
    """A customer with a password and no second factor, at home."""
    body = {"email": CUSTOMER, "password": PASSWORD, "terms": "2026-01"}
    return shop.want("POST", "/v1/auth/register", body, ip=HOME)


def login(shop, demo=None, *, email=CUSTOMER, password=PASSWORD, totp=None, ip=AWAY, **headers):
    email, password = (demo.email, password if password != PASSWORD else demo.password) if demo else (email, password)
    body = {"email": email, "password": password} | ({"totp": totp} if totp else {})
    return shop.say("POST", "/v1/auth/login", body, ip=ip, **headers)


def told(answer):
    return answer.status, answer.code


def storm(shop, email, times, places):
    """Wrong passwords, one after the other from each of these addresses."""
    return [told(login(shop, email=email, password=WRONG, ip=places[n % len(places)])) for n in range(times)]


def nets(count):
    """Addresses of networks that have nothing to do with each other."""
    return [f"10.{n // 250}.{n % 250}.1" for n in range(count)]


def test_wrong_passwords_from_elsewhere_keep_finance_out_nowhere(shop, finance):
    answers = storm(shop, finance.email, 35, [AWAY])
    assert answers[:10] == [(401, "CREDENTIALS_WRONG")] * 10
    assert set(answers[10:]) == {(429, "LOGIN_LOCKED")}
    assert told(login(shop, finance, ip=HOME)) == (401, "TOTP_NEEDED"), "at home it is as ever"
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip=HOME).status == 200
    shop.advance(minutes=1)
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip="100.64.3.3").status == 200, (
        "and at a new place"
    )


@pytest.mark.parametrize("more", [{}, {"totp": "000000"}])
def test_right_password_and_second_factor_pass_a_closed_gate(shop, finance, more):
    """From the very line of the intruder, whatever he has tried there."""
    assert {login(shop, finance, password=WRONG, ip=AWAY, **more).status for _ in range(35)} == {401, 429}
    assert told(login(shop, finance, ip=AWAY)) == (429, "LOGIN_LOCKED"), "a password alone does not"
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip=AWAY).status == 200


def test_a_gate_that_all_strangers_closed_lets_password_and_factor_through(shop, finance):
    places = nets(STRANGERS_FAILURES // FAILURES)
    assert set(storm(shop, finance.email, STRANGERS_FAILURES, places)) == {(401, "CREDENTIALS_WRONG")}
    assert storm(shop, finance.email, 1, ["172.20.0.1"]) == [(429, "LOGIN_LOCKED")], (
        "guessing is bounded all over the world"
    )
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip="172.21.0.1").status == 200
    shop.advance(minutes=1)
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip=HOME).status == 200


def test_what_strangers_do_all_over_the_world_reaches_no_device_that_an_account_knows(shop, customer):
    assert login(shop, ip=HOME, **{"X-Device": DEVICE}).status == 200
    storm(shop, CUSTOMER, STRANGERS_FAILURES, nets(STRANGERS_FAILURES // FAILURES))
    assert login(shop, ip=HOME).status == 200, "where it was used"
    assert login(shop, ip=AWAY, **{"X-Device": DEVICE}).status == 200, "on what it was used"
    assert told(login(shop, ip=AWAY)) == (429, "LOGIN_LOCKED"), "a stranger"


def test_one_house_with_many_addresses_is_one_stranger(shop, finance):
    """A /48 has 65,536 networks of a line's size: together they have twenty tries, and do not close what others have."""
    lines = [f"2001:db8:77:{n:x}::1" for n in range(60)]
    answers = storm(shop, finance.email, 60, lines)
    assert answers.count((401, "CREDENTIALS_WRONG")) == AROUND_FAILURES
    assert told(login(shop, finance, ip="2001:db8:78::1")) == (401, "TOTP_NEEDED"), "the house beside it"
    same = [f"2001:db8:79:1::{n:x}" for n in range(1, 40)]
    assert storm(shop, finance.email, 12, same)[10:] == [(429, "LOGIN_LOCKED")] * 2, "one line is one line"


def test_failures_of_one_exit_keep_nobody_out_who_was_there_before(shop, customer):
    """Many share the one address of a carrier: it closes to accounts that were never used from there."""
    answers = [told(login(shop, email=f"x{n}@example.com", ip=HOME)) for n in range(60)]
    assert answers.count((401, "CREDENTIALS_WRONG")) == 50
    assert login(shop, ip=HOME).status == 200
    assert login(shop, ip=AWAY, **{"X-Device": DEVICE}).status == 200
    assert told(login(shop, email="new@example.com", ip=HOME)) == (429, "LOGIN_LOCKED")


def test_who_tries_at_a_closed_exit_does_not_learn_who_is_used_from_there(shop, customer):
    storm(shop, "nobody@example.com", 10, [HOME])
    for n in range(40):
        login(shop, email=f"x{n}@example.com", ip=HOME)
    known, unknown = (login(shop, email=one, password=WRONG, ip=HOME) for one in (CUSTOMER, "y@example.com"))
    assert (known.status, known.text) == (unknown.status, unknown.text)
    assert known.code == "LOGIN_LOCKED"


def test_trying_all_accounts_of_one_exit_has_an_end_too(shop, monkeypatch):
    """Also those that were used from there: ten times as many tries."""
    monkeypatch.setenv("LOGIN_FAILURES_PER_IP", "1")
    for n in range(12):
        body = {"email": f"c{n}@example.com", "password": PASSWORD, "terms": "2026-01"}
        assert shop.say("POST", "/v1/auth/register", body, ip=HOME).status == 201
    for n in range(10):
        login(shop, email=f"c{n}@example.com", password=WRONG, ip=HOME)
    assert told(login(shop, email="c11@example.com", ip=HOME)) == (429, "LOGIN_LOCKED")
    shop.advance(minutes=16)
    assert login(shop, email="c11@example.com", ip=HOME).status == 200


def test_at_a_closed_gate_nobody_learns_whether_the_password_was_right(shop, finance):
    """Same answer, same rows and facts written, however often."""
    storm(shop, finance.email, 10, [AWAY])
    seen = []
    for password in (finance.password, WRONG):
        saved, tries = shop.snapshot(), []
        for _ in range(15):
            log = len(shop.cloud.engine.log)
            answer = login(shop, finance, password=password, totp=people.wrong_totp(finance.totp_secret), ip=AWAY)
            tries.append((answer.status, answer.text, [one.table for one in shop.cloud.engine.log[log:]]))
        seen.append(tries)
        shop.restore(saved)
    assert [one[:2] for one in seen[0]] == [one[:2] for one in seen[1]]
    written = [[one[2] for one in tries] for tries in seen]
    for one in written:
        del one[FAILURES - 1]  # which closes the gate of the second factor, and tells so in the same transaction
    assert written[0] == written[1]
    assert {one[0] for one in seen[0]} == {429}


def test_a_closed_gate_hears_passwords_a_hundred_times_and_then_nothing(shop, finance, hashes):  # noqa: F811  # the fixture
    """What is answered is the same; what it costs us has an end."""
    for _ in range(FAILURES + CLOSED_FAILURES):
        login(shop, finance, password=WRONG, ip=AWAY)
    hashes.clear()
    assert told(login(shop, finance, password=WRONG, ip=AWAY)) == (429, "LOGIN_LOCKED")
    assert hashes.count("verify") == 0
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip=AWAY).status == 200


def test_at_a_closed_gate_ten_second_factors_are_heard_of_who_has_the_password(shop, finance):
    storm(shop, finance.email, 10, [AWAY])
    for _ in range(FAILURES):
        wrong = login(shop, finance, totp=people.wrong_totp(finance.totp_secret), ip=AWAY)
        assert told(wrong) == (429, "LOGIN_LOCKED")
    assert told(login(shop, finance, totp=people.totp(finance.totp_secret), ip=AWAY)) == (429, "LOGIN_LOCKED")
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip=HOME).status == 200


def test_wrong_second_factors_are_counted_where_they_come_from(shop, finance):
    """The password is known to a thief; the owner is at home."""
    wrong = [login(shop, finance, totp=people.wrong_totp(finance.totp_secret), ip=AWAY).code for _ in range(15)]
    assert wrong == ["TOTP_WRONG"] * 10 + ["LOGIN_LOCKED"] * 5
    assert login(shop, finance, totp=people.totp(finance.totp_secret), ip=HOME).status == 200


def test_guessing_a_second_factor_all_over_the_world_has_an_end(shop, finance):
    places = nets(STRANGERS_FACTORS // FAILURES)
    for n in range(STRANGERS_FACTORS):
        ip = places[n % len(places)]
        assert login(shop, finance, totp=people.wrong_totp(finance.totp_secret), ip=ip).code == "TOTP_WRONG"
    right = people.totp(finance.totp_secret)
    assert told(login(shop, finance, totp=right, ip="172.20.0.1")) == (429, "LOGIN_LOCKED"), "whoever is a stranger"
    assert login(shop, finance, totp=right, ip=HOME).status == 200, "who is known is not kept out"


def test_each_failure_at_the_shops_own_is_told_also_at_a_closed_gate(shop, finance):
    storm(shop, finance.email, 10, [AWAY])
    before = len(facts(shop, StaffLoginFailed.wire))
    login(shop, finance, totp=people.wrong_totp(finance.totp_secret), ip=AWAY)
    told = facts(shop, StaffLoginFailed.wire)
    assert len(told) == before + 1
    assert sum(fact[3]["what"] == "totp" for fact in told) == 1, "of who had the password"


def facts(shop, wire):
    rows = [row for row in shop.cloud.engine.rows("jishi-journal") if "f" in row]
    return [fact for row in rows for fact in json.loads(row["f"]["S"]) if fact[0] == wire]


def test_who_gets_in_is_forgiven_what_came_from_their_line_alone(shop, customer):
    for _ in range(3):
        assert storm(shop, CUSTOMER, 9, [HOME]) == [(401, "CREDENTIALS_WRONG")] * 9
        assert login(shop, ip=HOME).status == 200
    rows = {row["k"]["S"]: int(row["n"]["N"]) for row in shop.cloud.engine.rows(Lockout.Meta.table_name) if "f" in row}
    of_accounts = {
        key: number for key, number in rows.items() if not key.startswith(("login|ip", "login|around", "login|home"))
    }
    assert {number for key, number in of_accounts.items() if "register" not in key} <= {0}
