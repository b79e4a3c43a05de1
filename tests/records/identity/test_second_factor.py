"""The second factor: who has one shows it at every door, a code counts once, and wrong ones close one lock."""

from __future__ import annotations

import pytest

from chalicelib.kernel.permits import STAFF_ROLES
from chalicelib.records.identity.access.rules import TotpNeeded, TotpWrong
from chalicelib.records.identity.access.service import identify, mfa, verification_codes
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.accounts.steps import claim_identifier
from chalicelib.records.identity.model import packed
from chalicelib.records.identity.sign_in.providers import PROVIDERS
from chalicelib.records.identity.sign_in.providers.port import Confirmed
from chalicelib.records.identity.staff.service import staff
from chalicelib.runtime import world
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from tests.support import people
from tests.support.doors import done
from tests.support.world import minutes

PASSWORD = "long enough 1"


def told(answer):
    return answer.status, answer.json.get("code")


def by_password(front, demo, **factor):
    return front.post("/v1/auth/login", {"email": demo.email, "password": demo.password, **factor})


def by_code(front, demo, **factor):
    code = people.code_for(front, "login", email=demo.email)
    return front.post("/v1/auth/login", {"email": demo.email, "code": code, **factor})


def by_reset(front, demo, **factor):
    code = people.code_for(front, "password", email=demo.email)
    return front.post("/v1/auth/password", {"email": demo.email, "code": code, "password": PASSWORD, **factor})


def by_wechat(front, demo, **factor):
    """By an open id that leads to this account, as it could once staff may link their WeChat."""
    PROVIDERS["here"] = lambda code: Confirmed(code, None)
    try:
        if accounts.find(by := accounts.identifier("here", demo.email)) is None:
            work, row = Work(ANYONE, "link"), accounts.get(demo.account)
            identifiers = packed([*row.identifier_keys, by.key])
            work.add(claim_identifier(by, demo.account))
            accounts.change(row, {"identifiers": identifiers}, work)
            work.commit()
        return front.post("/v1/auth/social/here", {"code": demo.email, **factor})
    finally:
        del PROVIDERS["here"]


@pytest.mark.parametrize("door", [by_password, by_code, by_reset, by_wechat])
@pytest.mark.parametrize("role", sorted(STAFF_ROLES))
def test_who_has_a_second_factor_shows_it_at_every_door(front, engine, role, door):
    demo = staff.demo(role)
    assert told(door(front, demo)) == (401, "TOTP_NEEDED")
    engine.advance(minutes(2))
    assert told(door(front, demo, totp=people.wrong_totp(demo.totp_secret))) == (401, "TOTP_WRONG")
    engine.advance(minutes(2))
    used = people.totp(demo.totp_secret)
    assert told(door(front, demo, totp=used)) == (200, None)


def test_a_code_to_a_contact_is_no_step_up_without_the_second_factor(front, engine):
    demo = staff.demo("support")
    session = by_password(front, demo, totp=people.totp(demo.totp_secret)).json["access_token"]
    caller = identify(session, world.now())
    engine.advance(minutes(2))
    code = people.code_for(front, "step_up", email=demo.email)
    to = verification_codes.target(None, demo.email)
    step_up = lambda totp: done(mfa.prove_by_code, to, code, totp, work=Work(caller, "step_up"))
    with pytest.raises(TotpNeeded):
        step_up(None)
    with pytest.raises(TotpWrong):
        step_up(people.wrong_totp(demo.totp_secret))
    assert step_up(used := people.totp(demo.totp_secret)).account == demo.account
    assert told(by_password(front, demo, totp=used)) == (401, "TOTP_WRONG")


@pytest.mark.parametrize("door", [by_code, by_reset, by_wechat])
def test_a_second_factor_shown_at_any_door_is_fresh_and_used_up(front, engine, door):
    demo = staff.demo("support")
    used = people.totp(demo.totp_secret)
    session = door(front, demo, totp=used).json
    assert identify(session["access_token"], world.now()).fresh
    again = front.post("/v1/auth/totp", {"code": used}, token=session["access_token"])
    assert told(again) == (401, "TOTP_WRONG")
    assert "等待下一个" in again.json["title"]


def test_wrong_second_factors_at_all_doors_close_one_lock(front, engine):
    demo = staff.demo("support")
    token = by_password(front, demo, totp=people.totp(demo.totp_secret)).json["access_token"]
    engine.advance(minutes(2))
    bad = people.wrong_totp(demo.totp_secret)
    for door in (by_password, by_code, by_wechat):
        assert told(door(front, demo, totp=bad)) == (401, "TOTP_WRONG")
    asked = [told(front.post("/v1/auth/totp", {"code": bad}, token=token)) for _ in range(8)]
    assert asked == [(401, "TOTP_WRONG")] * 7 + [(429, "LOGIN_LOCKED")]
    engine.advance(minutes(2))
    right = people.totp(demo.totp_secret)
    assert {told(door(front, demo, totp=right)) for door in (by_password, by_code, by_wechat)} == {
        (429, "LOGIN_LOCKED")
    }
    assert told(front.post("/v1/auth/totp", {"code": right}, token=token)) == (429, "LOGIN_LOCKED")


def test_the_right_second_factor_forgets_the_wrong_ones_and_a_password_alone_does_not(front, engine):
    demo = staff.demo("support")
    for _ in range(2):
        bad = people.wrong_totp(demo.totp_secret)
        assert [told(by_wechat(front, demo, totp=bad)) for _ in range(9)] == [(401, "TOTP_WRONG")] * 9
        assert told(by_password(front, demo)) == (401, "TOTP_NEEDED")
        assert told(by_password(front, demo, totp=people.totp(demo.totp_secret))) == (200, None)
        engine.advance(minutes(0.5))
    bad = people.wrong_totp(demo.totp_secret)
    assert [told(by_wechat(front, demo, totp=bad)) for _ in range(9)] == [(401, "TOTP_WRONG")] * 9
    by_password(front, demo)
    assert told(by_wechat(front, demo, totp=bad)) == (401, "TOTP_WRONG")
    assert told(by_wechat(front, demo, totp=people.totp(demo.totp_secret))) == (429, "LOGIN_LOCKED")


def test_staff_who_never_got_a_second_factor_get_in_at_no_door(front):
    demo = staff.demo("operator")
    work, row = Work(ANYONE, "lose"), accounts.get(demo.account)
    accounts.change(row, {"totp": None}, work)
    work.commit()
    assert {told(door(front, demo)) for door in (by_password, by_code, by_wechat)} == {(401, "CREDENTIALS_WRONG")}
    token = people.token(demo.account, "operator")
    assert told(front.post("/v1/auth/totp", {"code": "123456"}, token=token)) == (401, "CREDENTIALS_WRONG")
