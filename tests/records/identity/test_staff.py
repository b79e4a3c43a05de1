"""The shop's own people: invited, activated, given roles by two, blocked; and what they see of customers."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.records.identity.access.proofs import totp_code, totp_step
from chalicelib.records.identity.access.service import verification_codes
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.events import (
    StaffFactorShown,
    StaffLoginFailed,
    StaffRescued,
    StaffSignedOut,
    UserKeyRenewed,
    UserLoggedIn,
)
from chalicelib.records.identity.staff.rules import AdminsEnough
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.channels.port import AddressBusy, AddressRefused, ChannelThrottled
from chalicelib.runtime.caller import worker
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.world import minutes

PASSWORD = "long enough 1"


@pytest.fixture
def admin(front):
    return people.member(front, "admin", fresh=True)


@pytest.fixture
def second(front):
    """Another administrator, made on the terminal."""
    made = staff.create_admin("second@example.com")
    activate(front, made.email, made.code)
    return people.Person(made.account, people.token(made.account, "admin", fresh=True, version=2))


def activate(front, email, code, password=PASSWORD):
    return front.post("/v1/auth/activation", {"email": email, "code": code, "password": password})


def login(front, email, secret=None, password=PASSWORD):
    body = {"email": email, "password": password} | ({"totp": people.totp(secret)} if secret else {})
    return front.post("/v1/auth/login", body)


def invite(front, admin, email="new@example.com"):
    answer = front.post("/v1/admin/users", {"email": email}, token=admin.token)
    assert answer.status == 201, answer.text
    return answer.json["user_id"], re.search(r"\w{5}-\w{5}-\w{5}", outbox.latest()[0].text)[0]


def put_roles(front, admin, user, *roles):
    return front.put(f"/v1/admin/users/{user}/roles", {"roles": list(roles)}, token=admin.token)


def later(admin):
    return people.Person(admin.id, people.token(admin.id, "admin", fresh=True))


def test_the_first_two_admins_are_made_on_the_terminal_and_no_third(front):
    for name in ("one", "two"):
        made = staff.create_admin(f"{name}@example.com")
        assert made.account.startswith("A")
        told = activate(front, made.email, made.code)
        assert told.status == 200, told.text
        assert login(front, made.email, told.json["totp_secret"]).status == 200
    with pytest.raises(AdminsEnough):
        staff.create_admin("three@example.com")


def test_an_invited_admin_may_be_given_another_code_until_it_is_taken_up(front):
    first, second = staff.create_admin("one@example.com"), staff.create_admin("one@example.com")
    assert first.account == second.account
    assert activate(front, first.email, first.code).json["code"] == "INVITATION_INVALID"
    assert activate(front, first.email, second.code).status == 200


def enrolled(front, name):
    """An administrator made on the terminal, who has taken it up: e-mail, account and second factor."""
    made = staff.create_admin(f"{name}@example.com")
    return made.email, made.account, activate(front, made.email, made.code).json["totp_secret"]


def test_the_last_administrator_is_given_a_way_in_on_the_terminal(front):
    """What they had works until the code is taken up, and ends then."""
    email, account, old = enrolled(front, "one")
    session = login(front, email, old).json
    made = staff.create_admin(email)
    assert made.account == account
    assert login(front, email).json["code"] == "TOTP_NEEDED"
    new = activate(front, email, made.code, "quite another 7").json["totp_secret"]
    assert new != old
    assert front.post("/v1/auth/refresh", {"refresh_token": session["refresh_token"]}).json["code"] == "SESSION_ENDED"
    told = login(front, email, new, "quite another 7")
    assert (told.status, told.json["roles"]) == (200, ["admin"])
    assert facts(StaffRescued.wire) == [{"user_id": account}]


def test_a_blocked_last_administrator_gets_in_by_the_code_alone(front):
    email, account, old = enrolled(front, "one")
    block_out(account)
    made = staff.create_admin(email)
    assert (login(front, email, old).status, login(front, email).status) == (401, 401), "a block is lifted for no thief"
    new = activate(front, email, made.code).json["totp_secret"]
    assert login(front, email, new).status == 200


def test_while_another_administrator_is_active_it_is_theirs_to_invite(front):
    one, account, _ = enrolled(front, "one")
    other, theirs, _ = enrolled(front, "two")
    for email in (one, other):
        with pytest.raises(AdminsEnough):
            staff.create_admin(email)
    block_out(account)
    with pytest.raises(AdminsEnough):
        staff.create_admin(one)
    block_out(theirs)
    assert {staff.create_admin(email).account for email in (one, other)} == {account, theirs}


def test_nobody_but_an_administrator_is_let_in_by_the_terminal(front, admin):
    _, code = invite(front, admin)
    activate(front, "new@example.com", code)
    with pytest.raises(AdminsEnough):
        staff.create_admin("new@example.com")


def test_an_invitation_that_is_taken_up_opens_the_gates(front, engine):
    email, _, _ = enrolled(front, "one")
    assert [login(front, email, password="quite wrong 1").status for _ in range(11)] == [401] * 10 + [429]
    made = staff.create_admin(email)
    secret = activate(front, email, made.code).json["totp_secret"]
    assert login(front, email).json["code"] == "TOTP_NEEDED"
    for _ in range(20):
        front.post("/v1/auth/login", {"email": email, "password": PASSWORD, "totp": people.wrong_totp(secret)})
    assert login(front, email, secret).json["code"] == "LOGIN_LOCKED"
    made = staff.create_admin(email)
    secret = activate(front, email, made.code).json["totp_secret"]
    assert login(front, email, secret).status == 200


def block_out(account):
    blocking = Work(worker("test"), "block")
    row = accounts.get(account)
    accounts.change(row, {"state": "blocked", "version": int(row.version) + 1}, blocking)
    blocking.commit()


def test_a_secret_of_an_authenticator_is_the_published_arithmetic():
    secret = b"12345678901234567890"
    vectors = {
        59: "287082",
        1111111109: "081804",
        1234567890: "005924",
        20000000000: "353130",
    }  # RFC 6238, last 6 digits
    assert {at: totp_code(secret, at // 30) for at in vectors} == vectors
    assert [totp_step(secret, other, 59, 0) for other in ("٢٨٧٠٨٢", "２８７０８２", "²", "\0", "")] == [None] * 5


def test_admins_sign_in_with_a_second_factor_that_counts_once(front, engine):
    made = staff.create_admin("one@example.com")
    secret = activate(front, made.email, made.code).json["totp_secret"]
    missing = login(front, made.email)
    assert (missing.status, missing.json["code"]) == (401, "TOTP_NEEDED")
    assert login(front, made.email, secret).status == 200
    replayed = login(front, made.email, secret)
    assert (replayed.status, replayed.json["code"]) == (401, "TOTP_WRONG")
    engine.advance(minutes(0.5))
    assert login(front, made.email, secret).status == 200


def test_a_fresh_code_opens_what_needs_one_for_ten_minutes(front, engine):
    demo = staff.demo("support")
    customer = people.register(front)
    told = login(front, demo.email, demo.totp_secret, demo.password).json
    engine.advance(minutes(11))
    told = front.post("/v1/auth/refresh", {"refresh_token": told["refresh_token"]}).json
    look = lambda token: front.post(
        f"/v1/admin/users/{customer.id}/disclosures", {"reason": "complaint", "matter": "O-nobodys"}, token=token
    )
    assert look(told["access_token"]).json["code"] == "SECOND_FACTOR_NEEDED"
    proven = front.post("/v1/auth/totp", {"code": people.totp(demo.totp_secret)}, token=told["access_token"])
    assert look(proven.json["access_token"]).json["code"] == "MATTER_FOREIGN", "the door is open"
    engine.advance(minutes(9.5))
    again = front.post("/v1/auth/refresh", {"refresh_token": told["refresh_token"]}).json
    assert look(again["access_token"]).json["code"] == "MATTER_FOREIGN"
    engine.advance(minutes(1))
    assert look(again["access_token"]).json["code"] == "SECOND_FACTOR_NEEDED"


def test_invited_activated_and_given_a_role_by_two(front, admin, second, engine):
    user, code = invite(front, admin)
    told = activate(front, "new@example.com", code)
    secret = told.json["totp_secret"]
    scanned = urlsplit(told.json["totp_uri"])
    assert (scanned.scheme, scanned.netloc, scanned.path) == ("otpauth", "totp", "/Jishi:new%40example.com")
    assert dict(parse_qsl(scanned.query)) == {
        "secret": told.json["totp_secret"],
        "issuer": "Jishi",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert activate(front, "new@example.com", code).status == 401

    first = put_roles(front, admin, user, "operator")
    assert first.json == {"user_id": user, "roles": ["operator"], "applied": False}
    assert put_roles(front, admin, user, "operator").json["applied"] is False
    assert front.get(f"/v1/admin/users/{user}", token=admin.token).json["proposed_roles"] == ["operator"]
    assert put_roles(front, second, user, "operator").json["applied"] is True

    token = login(front, "new@example.com", secret).json["access_token"]
    assert front.get("/v1/admin/users?day=2026-06-01", token=token).status == 200
    assert put_roles(front, admin, user).json["applied"] is True
    assert front.get("/v1/admin/users?day=2026-06-01", token=token).status == 401


def test_a_second_admin_who_wants_other_roles_proposes_anew(front, admin, second):
    user, _ = invite(front, admin)
    put_roles(front, admin, user, "operator")
    assert put_roles(front, second, user, "support").json["applied"] is False
    assert put_roles(front, second, user, "operator").json["applied"] is False
    assert put_roles(front, admin, user, "operator").json["applied"] is True


def test_nobody_changes_their_own_roles_and_some_do_not_go_together(front, admin, second):
    assert put_roles(front, admin, admin.id, "operator").json["code"] == "OWN_ROLES"
    user, _ = invite(front, admin)
    assert put_roles(front, admin, user, "support", "finance").json["code"] == "ROLES_APART"
    assert put_roles(front, admin, user, "customer").status == 422
    customer = people.register(front)
    assert put_roles(front, admin, customer.id, "operator").status == 404


def test_an_invitation_holds_three_days_and_five_wrong_codes_do_not_help(front, admin, engine):
    _, code = invite(front, admin)
    assert activate(front, "new@example.com", "AAAAA-AAAAA-AAAAA").status == 401
    engine.advance(minutes(72 * 60))
    assert activate(front, "new@example.com", code).json["code"] == "INVITATION_INVALID"
    assert activate(front, "nobody@example.com", code).json["code"] == "INVITATION_INVALID"


def test_who_lost_the_second_factor_is_invited_anew(front, admin):
    user, code = invite(front, admin)
    old = activate(front, "new@example.com", code).json["totp_secret"]
    assert front.post(f"/v1/admin/users/{user}/invitations", token=admin.token).status == 204
    code = re.search(r"\w{5}-\w{5}-\w{5}", outbox.latest()[0].text)[0]
    new = activate(front, "new@example.com", code, "another one 1").json["totp_secret"]
    assert new != old
    assert login(front, "new@example.com").status == 401


def test_an_invitation_repeated_under_a_key_is_one_member(front, admin):
    told = [
        front.post("/v1/admin/users", {"email": "new@example.com"}, token=admin.token, key="k1").json for _ in range(2)
    ]
    assert told[0] == told[1]
    assert len(outbox.latest()) == 1
    assert front.post("/v1/admin/users", {"email": "new@example.com"}, token=admin.token).status == 409


@pytest.mark.parametrize("key", [None, "k1"])
def test_who_is_invited_while_no_mail_goes_out_is_named_and_invited_anew(front, admin, monkeypatch, key):
    with monkeypatch.context() as broken:
        broken.setattr(verification_codes, "_sender", [])
        told = front.post("/v1/admin/users", {"email": "new@example.com"}, token=admin.token, key=key)
    assert (told.status, told.json["code"]) == (503, "CODE_NOT_SENT")
    user, then = told.json["params"]["user_id"], told.json["params"]["next"]
    assert then == f"POST /v1/admin/users/{user}/invitations"
    assert front.get(f"/v1/admin/users/{user}", token=admin.token).json["state"] == "invited"
    assert outbox.latest() == []
    assert front.post(then.split()[1], token=admin.token).status == 204
    code = re.search(r"\w{5}-\w{5}-\w{5}", outbox.latest()[0].text)[0]
    assert activate(front, "new@example.com", code).status == 200


def test_an_invitation_that_did_not_go_out_goes_out_when_it_is_asked_again_under_its_key(front, admin, monkeypatch):
    def asked():
        return front.post("/v1/admin/users", {"email": "new@example.com"}, token=admin.token, key="k1")

    with monkeypatch.context() as broken:
        broken.setattr(verification_codes, "_sender", [])
        user = asked().json["params"]["user_id"]
        again = asked()
        assert (again.status, again.json["params"]["user_id"]) == (503, user)
    back = asked()
    assert (back.status, back.json) == (200, {"user_id": user})
    assert len(outbox.latest()) == 1
    assert asked().json == back.json
    assert len(outbox.latest()) == 1
    code = re.search(r"\w{5}-\w{5}-\w{5}", outbox.latest()[0].text)[0]
    assert activate(front, "new@example.com", code).status == 200
    assert asked().status == 200
    assert len(outbox.latest()) == 1


@pytest.mark.parametrize(
    ("kind", "code"),
    [(AddressRefused, "CONTACT_UNREACHABLE"), (AddressBusy, "CODE_TOO_OFTEN"), (ChannelThrottled, "CODE_NOT_SENT")],
)
def test_a_refused_invitation_is_never_answered_as_one_that_went_out(front, admin, monkeypatch, kind, code):
    def refusing(*_args, **_values):
        raise kind("550")

    monkeypatch.setattr(verification_codes, "_sender", [refusing])
    for _ in range(2):
        told = front.post("/v1/admin/users", {"email": "new@example.com"}, token=admin.token, key="k1")
        assert (told.json["code"], set(told.json["params"])) == (code, {"user_id", "next"})
        again = front.post(told.json["params"]["next"].split()[1], token=admin.token, key="k2")
        assert again.json["code"] == code


def test_a_new_invitation_under_a_key_goes_out_once_and_only_then_is_it_answered_so(front, admin, monkeypatch):
    user, first = invite(front, admin)
    outbox.clear()

    def asked():
        return front.post(f"/v1/admin/users/{user}/invitations", token=admin.token, key="k1").status

    with monkeypatch.context() as broken:
        broken.setattr(verification_codes, "_sender", [])
        assert (asked(), asked()) == (503, 503)
    assert [asked(), asked()] == [204, 204]
    (sent,) = outbox.latest()
    assert first not in sent.text
    assert activate(front, "new@example.com", first).status == 401


def test_staff_see_customers_masked(front, admin):
    customer = people.register(front, "13812345678", name="王小明")
    listed = front.get("/v1/admin/users?phone=13812345678", token=admin.token).json["items"]
    assert [(one["user_id"], one["phone"], one["name"]) for one in listed] == [(customer.id, "138****5678", "王**")]
    assert front.get("/v1/admin/users?phone=13900139000", token=admin.token).json["items"] == []
    answer = front.get(f"/v1/admin/users/{customer.id}", token=admin.token)
    assert "12345678" not in answer.text
    assert "小明" not in answer.text
    assert front.get("/v1/admin/users/U01JZ0000000000000000000000", token=admin.token).status == 404


def test_a_days_new_customers_are_listed_page_by_page(front, admin, engine):
    made = []
    for n in range(3):
        engine.advance(minutes(1))
        made.append(people.register(front, f"1380013800{n}").id)
    first = front.get("/v1/admin/users?day=2026-06-01&limit=2", token=later(admin).token).json
    assert [one["user_id"] for one in first["items"]] == [made[2], made[1]]
    rest = front.get(f"/v1/admin/users?day=2026-06-01&limit=2&cursor={first['next']}", token=later(admin).token).json
    assert [one["user_id"] for one in rest["items"]] == [made[0]]
    assert front.get("/v1/admin/users?day=2026-06-02", token=later(admin).token).json["items"] == []


def test_the_staff_is_listed_masked(front, admin, second):
    listed = front.get("/v1/admin/users", token=admin.token).json["items"]
    assert {(one["user_id"], one["email"]) for one in listed} == {
        (admin.id, "a****@demo.example"),
        (second.id, "s****@example.com"),
    }


def test_a_blocked_account_is_shut_until_it_is_opened_again(front, admin, engine):
    customer = people.register(front)
    assert front.put(f"/v1/admin/users/{customer.id}/block", token=admin.token).status == 204
    assert front.post("/v1/auth/refresh", {"refresh_token": customer.refresh}).status == 401
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone="13800138000")
    assert front.post("/v1/auth/login", {"phone": "13800138000", "code": code}).status == 401
    assert front.delete(f"/v1/admin/users/{customer.id}/block", token=later(admin).token).status == 204
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone="13800138000")
    assert front.post("/v1/auth/login", {"phone": "13800138000", "code": code}).status == 200
    own = front.put(f"/v1/admin/users/{admin.id}/block", token=later(admin).token)
    assert own.json["code"] == "OWN_ROLES"


def facts(wire):
    """The fields of each fact of this name, oldest first."""
    rows = sorted((row for row in aws.rows(Journal) if row.facts), key=lambda row: row.id)
    return [fact[3] for row in rows for fact in json.loads(row.facts) if fact[0] == wire]


def test_each_sign_in_of_staff_is_told(front, engine):
    demo = staff.demo("support")
    for _ in range(3):
        assert login(front, demo.email, demo.totp_secret, demo.password).status == 200
        engine.advance(minutes(1))
    assert facts(UserLoggedIn.wire) == [{"user_id": demo.account, "way": "password"}] * 3


def test_a_refresh_of_staff_is_told_once_an_hour(front, engine):
    demo = staff.demo("support")
    refresh = login(front, demo.email, demo.totp_secret, demo.password).json["refresh_token"]
    for _ in range(3):
        engine.advance(minutes(25))
        refresh = front.post("/v1/auth/refresh", {"refresh_token": refresh}).json["refresh_token"]
    assert [one["way"] for one in facts(UserLoggedIn.wire)] == ["password", "refresh"]


def test_failed_sign_ins_of_staff_are_told_and_those_of_customers_are_not(front, engine):
    demo = staff.demo("finance")
    login(front, demo.email, password="quite wrong 1")
    login(front, "nobody@example.com", password="quite wrong 1")
    people.register(front, "13800138000", password=PASSWORD)
    front.post("/v1/auth/login", {"phone": "13800138000", "password": "quite wrong 1"})
    front.post(
        "/v1/auth/login", {"email": demo.email, "password": demo.password, "totp": people.wrong_totp(demo.totp_secret)}
    )
    told = facts(StaffLoginFailed.wire)
    assert {one["user_id"] for one in told} == {demo.account}
    assert sorted(one["what"] for one in told) == ["password", "totp"]


def test_a_second_factor_and_signing_out_are_told(front, engine):
    demo = staff.demo("support")
    token = login(front, demo.email, demo.totp_secret, demo.password).json["access_token"]
    engine.advance(minutes(1))
    front.post("/v1/auth/totp", {"code": people.totp(demo.totp_secret)}, token=token)
    front.post("/v1/auth/logout", {}, token=token)
    assert (facts(StaffFactorShown.wire), facts(StaffSignedOut.wire)) == ([{"user_id": demo.account}],) * 2


def test_a_new_data_key_is_told(front, admin):
    customer = people.register(front)
    assert front.post(f"/v1/admin/users/{customer.id}/data-key", token=admin.token).status == 204
    assert facts(UserKeyRenewed.wire) == [{"user_id": customer.id}]


def test_blocked_staff_are_out_at_once(front, admin):
    other = people.member(front, "operator")
    assert front.get("/v1/admin/users?day=2026-06-01", token=other.token).status == 200
    front.put(f"/v1/admin/users/{other.id}/block", token=admin.token)
    assert front.get("/v1/admin/users?day=2026-06-01", token=other.token).status == 401
