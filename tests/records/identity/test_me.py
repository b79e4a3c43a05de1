"""A customer's own: account, contact, password, addresses, consents."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.access.service import identify
from chalicelib.records.identity.accounts.rules import AddressNotFound
from chalicelib.records.identity.accounts.service import accounts, addresses, consents
from chalicelib.records.identity.model import Account, Address, Book, Session
from chalicelib.records.identity.self.service import profile
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime import table, vault, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.doors import done
from tests.support.people import TERMS
from tests.support.world import minutes

HOME = {
    "name": "王小明", "phone": "13800138000", "region": "440305", "province": "广东省", "city": "深圳市", "district": "南山区",
    "line": "科苑路 1 号", "postcode": "518057",
}  # fmt: skip
WORK = {
    **HOME, "region": "310115", "province": "上海市", "city": "上海市", "district": "浦东新区", "line": "世纪大道 8 号",
}  # fmt: skip


@pytest.fixture
def who(front):
    return people.register(front, name="王小明")


def add(front, who, place=None, **more):
    answer = front.post("/v1/me/addresses", {**(place or HOME), **more}, token=who.token)
    assert answer.status == 201, answer.text
    return answer.json["address_id"]


def listed(front, who):
    return front.get("/v1/me/addresses", token=who.token).json["items"]


def test_a_person_sees_and_changes_what_we_hold(front, who):
    told = front.get("/v1/me", token=who.token).json
    assert (told["name"], told["phone"], told["email"], told["minor"]) == ("王小明", "+8613800138000", None, False)
    changed = {"name": "Ming", "language": "en", "minor": True}
    assert front.patch("/v1/me", changed, token=who.token).status == 204
    told = front.get("/v1/me", token=who.token).json
    assert (told["name"], told["language"], told["minor"]) == ("Ming", "en", True)


@pytest.mark.parametrize("field", ["roles", "state", "version", "user_id", "phone", "key"])
def test_what_is_not_theirs_to_change_is_refused(front, who, field):
    assert front.patch("/v1/me", {field: "admin"}, token=who.token).status == 422


def test_a_new_phone_by_a_code_to_it(front, who, engine):
    who = people.proven(front, engine, who)
    code = people.code_for(front, "bind", phone="13900139000")
    body = {"phone": "13900139000", "code": code}
    assert front.put("/v1/me/contact", body, token=who.token).status == 204
    assert front.get("/v1/me", token=who.token).json["phone"] == "+8613900139000"
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone="13900139000")
    assert front.post("/v1/auth/login", {"phone": "13900139000", "code": code}).json["user_id"] == who.id
    old = people.register(front, "13800138000")
    assert old.id != who.id


def test_a_stolen_access_token_does_not_change_the_contact(front, who):
    code = people.code_for(front, "bind", phone="13900139000")
    refused = front.put("/v1/me/contact", {"phone": "13900139000", "code": code}, token=who.token)
    assert (refused.status, refused.json["code"]) == (403, "FRESH_CODE_NEEDED")
    assert front.get("/v1/me", token=who.token).json["phone"] == "+8613800138000"


def test_a_changed_contact_is_told_to_the_old_one_and_ends_all_other_sessions(front, who, engine):
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone="13800138000")
    other = people.person(front.post("/v1/auth/login", {"phone": "13800138000", "code": code}))
    who = people.proven(front, engine, who)
    code = people.code_for(front, "bind", email="li@example.com")
    assert front.put("/v1/me/contact", {"email": "li@example.com", "code": code}, token=who.token).status == 204
    assert (outbox.latest()[0].address, "变更" in outbox.latest()[0].text) == ("+8613800138000", True)
    assert front.post("/v1/auth/refresh", {"refresh_token": other.refresh}).status == 401
    assert front.post("/v1/auth/refresh", {"refresh_token": who.refresh}).status == 200


def test_a_message_that_cannot_be_sent_does_not_undo_the_change(front, who, engine, monkeypatch):
    who = people.proven(front, engine, who)
    code = people.code_for(front, "bind", email="li@example.com")
    monkeypatch.setenv("MESSAGE_CHANNEL", "nowhere")
    assert front.put("/v1/me/contact", {"email": "li@example.com", "code": code}, token=who.token).status == 204


def test_a_session_that_was_ended_changes_no_contact(front, who, engine):
    who = people.proven(front, engine, who)
    assert front.post("/v1/auth/logout", {}, token=who.token).status == 204
    code = people.code_for(front, "bind", email="li@example.com")
    refused = front.put("/v1/me/contact", {"email": "li@example.com", "code": code}, token=who.token)
    assert (refused.status, refused.json["code"]) == (401, "SESSION_ENDED")


def test_somebody_elses_email_cannot_be_taken(front, who, engine):
    who = people.proven(front, engine, who)
    code = people.code_for(front, "register", email="li@example.com")
    other = {"email": "li@example.com", "password": "long enough 1", "terms": TERMS, "code": code}
    assert front.post("/v1/auth/register", other).status == 201
    engine.advance(minutes(2))
    code = people.code_for(front, "bind", email="li@example.com")
    taken = front.put("/v1/me/contact", {"email": "li@example.com", "code": code}, token=who.token)
    assert (taken.status, taken.json["code"]) == (409, "IDENTITY_TAKEN")


def test_a_first_password_needs_a_fresh_code_and_the_next_needs_the_old(front, who, engine):
    alone = front.put("/v1/me/password", {"password": "long enough 1"}, token=who.token)
    assert (alone.status, alone.json["code"]) == (403, "FRESH_CODE_NEEDED")
    who = people.proven(front, engine, who)
    assert front.put("/v1/me/password", {"password": "long enough 1"}, token=who.token).status == 204
    assert front.post("/v1/auth/refresh", {"refresh_token": who.refresh}).status == 401
    login = {"phone": "13800138000", "password": "long enough 1"}
    who = people.person(front.post("/v1/auth/login", login))
    without = front.put("/v1/me/password", {"password": "long enough 2"}, token=who.token)
    assert (without.status, without.json["code"]) == (401, "CREDENTIALS_WRONG")
    both = {"password": "long enough 2", "old_password": "long enough 1"}
    assert front.put("/v1/me/password", both, token=who.token).status == 204
    login = {"phone": "13800138000", "password": "long enough 2"}
    assert front.post("/v1/auth/login", login).status == 200


def test_a_step_up_is_by_a_code_to_a_contact_of_ones_own(front, who, engine):
    engine.advance(minutes(2))
    code = people.code_for(front, "step_up", phone="13800138000")
    fresh = front.post("/v1/auth/step-up", {"phone": "13800138000", "code": code}, token=who.token)
    assert fresh.status == 200
    assert identify(fresh.json["access_token"], world.now()).fresh
    assert not identify(who.token, world.now()).fresh
    code = people.code_for(front, "step_up", phone="13900139000")
    foreign = front.post("/v1/auth/step-up", {"phone": "13900139000", "code": code}, token=who.token)
    assert foreign.status == 401


@pytest.mark.parametrize("shut", ["signed out", "everywhere", "blocked", "too old"])
def test_no_step_up_after_the_session_ended(front, who, engine, shut):
    engine.advance(minutes(2))
    code = people.code_for(front, "step_up", phone="13800138000")
    if shut == "blocked":
        admin = people.member(front, "admin", fresh=True)
        assert front.put(f"/v1/admin/users/{who.id}/block", token=admin.token).status == 204
    elif shut == "too old":
        update_session(who, Session.ends_at.set(int(world.now().timestamp())))
    else:
        assert front.post("/v1/auth/logout", {"everywhere": shut == "everywhere"}, token=who.token).status == 204
    refused = front.post("/v1/auth/step-up", {"phone": "13800138000", "code": code}, token=who.token)
    assert (refused.status, refused.json["code"]) == (401, "SESSION_ENDED")


def test_a_step_up_that_a_block_overtakes_gives_no_token(front, who, engine, monkeypatch):
    stale = accounts.get(who.id)
    people.proven(front, engine, who)
    admin = people.member(front, "admin", fresh=True)
    assert front.put(f"/v1/admin/users/{who.id}/block", token=admin.token).status == 204
    engine.advance(minutes(2))
    code = people.code_for(front, "step_up", phone="13800138000")
    monkeypatch.setattr(accounts, "get", lambda _account: stale)
    body = {"phone": "13800138000", "code": code}
    refused = front.post("/v1/auth/step-up", body, token=people.token(who.id, "customer", version=1))
    assert "access_token" not in refused.json
    assert (refused.status, refused.json["code"]) == (401, "SESSION_ENDED")


def test_a_blocked_person_changes_nothing(front, who):
    admin = people.member(front, "admin", fresh=True)
    front.put(f"/v1/admin/users/{who.id}/block", token=admin.token)
    refused = front.patch("/v1/me", {"name": "Ming"}, token=who.token)
    assert (refused.status, refused.json["code"]) == (401, "SESSION_ENDED")


def update_session(who, action):
    work = Work(Caller(who.id, "customer"), "x")
    row = aws.rows_of(Session, "session#")[0]
    work.add(table.update(Session, row.owner, row.part, actions=[action]))
    work.commit()


def test_the_first_address_is_the_default_and_another_may_become_it(front, who):
    home = add(front, who)
    work = add(front, who, WORK)
    assert [(one["address_id"], one["default"]) for one in listed(front, who)] == [(home, True), (work, False)]
    third = add(front, who, HOME, default=True)
    assert [one["address_id"] for one in listed(front, who)] == [third, home, work]
    assert listed(front, who)[0] == {**HOME, "phone": "+8613800138000", "address_id": third, "default": True}


def test_an_edit_is_a_new_version_and_the_old_one_stays_for_orders(front, who):
    home = add(front, who)
    edited = front.put(f"/v1/me/addresses/{home}", {**HOME, "line": "新路 2 号"}, token=who.token)
    assert edited.json["default"] is True
    new = edited.json["address_id"]
    assert new != home
    assert [(one["address_id"], one["line"]) for one in listed(front, who)] == [(new, "新路 2 号")]
    assert addresses.for_delivery(who.id, home).line == "科苑路 1 号"
    assert front.put(f"/v1/me/addresses/{home}", HOME, token=who.token).status == 404


def test_a_removed_address_is_hidden_and_the_oldest_left_is_the_default(front, who):
    home, work, third = add(front, who), add(front, who, WORK), add(front, who)
    assert front.delete(f"/v1/me/addresses/{home}", token=who.token).status == 204
    assert front.delete(f"/v1/me/addresses/{home}", token=who.token).status == 404
    assert [(one["address_id"], one["default"]) for one in listed(front, who)] == [(work, True), (third, False)]
    assert addresses.current(who.id).region == "310115"
    for one in (work, third):
        assert front.delete(f"/v1/me/addresses/{one}", token=who.token).status == 204
    with pytest.raises(AddressNotFound):
        addresses.current(who.id)


def test_an_address_sent_twice_under_a_key_is_one_address(front, who):
    told = [front.post("/v1/me/addresses", HOME, token=who.token, key="k1").json for _ in range(2)]
    assert told[0] == told[1]
    assert len(listed(front, who)) == 1


def test_fifty_addresses_and_no_more(front, who, monkeypatch):
    monkeypatch.setattr(addresses, "MOST_ADDRESSES", 2)
    add(front, who)
    add(front, who)
    full = front.post("/v1/me/addresses", HOME, token=who.token)
    assert (full.status, full.json["code"]) == (409, "ADDRESSES_FULL")


def test_two_additions_at_once_do_not_lose_one(front, who, monkeypatch):
    add(front, who)
    stale = table.get(Book, who.id, "book")
    add(front, who)
    monkeypatch.setattr(addresses, "_book", lambda _customer: stale)
    lost = front.post("/v1/me/addresses", HOME, token=who.token)
    assert (lost.status, lost.json["code"]) == (409, "STALE_ACCOUNT")
    monkeypatch.undo()
    assert len(listed(front, who)) == 2
    assert len(aws.rows_of(Address, "address#")) == 2


def test_a_quote_reads_an_address_together_with_everything_else(front, who):
    home = add(front, who)
    work = add(front, who, WORK)
    read = lambda customer, one: table.batch(addresses.key(customer, one))
    assert addresses.version_of(read(who.id, None)) == home
    assert addresses.region_of(read(who.id, None)) == "440305"
    assert addresses.version_of(read(who.id, work)) == work
    assert addresses.region_of(read(who.id, work)) == "310115"
    assert addresses.version_of(read("G01JZ0000000000000000000000", None)) is None
    for customer, one in ((who.id, "D01JZ0000000000000000000000"), ("U01JZ0000000000000000000000", home)):
        with pytest.raises(AddressNotFound):
            addresses.version_of(read(customer, one))


@pytest.mark.parametrize(
    "wrong", [{"region": "44030"}, {"phone": "12"}, {"line": ""}, {"postcode": "ABC"}, {"country": "CN"}]
)
def test_addresses_that_do_not_fit_are_refused(front, who, wrong):
    assert front.post("/v1/me/addresses", {**HOME, **wrong}, token=who.token).status == 422
    assert listed(front, who) == []


def test_no_consent_is_presumed_and_each_change_is_kept(front, who, engine):
    told = {one["purpose"]: one for one in front.get("/v1/me/consents", token=who.token).json["items"]}
    assert {purpose for purpose, one in told.items() if one["granted"]} == {"terms"}
    assert told["terms"]["policy"] == TERMS
    assert not consents.allows(who.id, "marketing_sms")
    for granted in (True, False):
        engine.advance(minutes(1))
        body = {"purpose": "marketing_sms", "granted": granted, "policy": TERMS}
        assert front.put("/v1/me/consents", body, token=who.token).status == 204
        assert consents.allows(who.id, "marketing_sms") is granted
    told = [(one.purpose, one.granted) for one in consents.history(who.id)]
    assert told == [("terms", True), ("marketing_sms", True), ("marketing_sms", False)]


def test_the_terms_are_withdrawn_by_leaving_and_purposes_are_known(front, who):
    put = lambda purpose, granted: front.put(
        "/v1/me/consents", {"purpose": purpose, "granted": granted, "policy": TERMS}, token=who.token
    )
    assert (put("terms", False).status, put("terms", True).status) == (409, 204)
    assert put("anything", True).status == 404


def test_only_published_versions_of_a_policy_can_be_agreed_to(front, who, monkeypatch):
    put = lambda granted, policy: front.put(
        "/v1/me/consents", {"purpose": "marketing_sms", "granted": granted, "policy": policy}, token=who.token
    )
    assert (put(True, "zzz").status, put(True, "zzz").json["code"]) == (422, "POLICY_NOT_FOUND")
    assert put(False, "zzz").status == 204, "withdrawing is never in the way"
    monkeypatch.setenv("POLICY_VERSIONS", "2026-01,2026-07")
    assert put(True, "2026-07").status == 204
    made = front.post("/v1/auth/register", {"email": "li@example.com", "password": "long enough 1", "terms": "zzz"})
    assert (made.status, made.json["code"]) == (422, "POLICY_NOT_FOUND")


def test_shopping_works_without_any_optional_consent(front, who):
    assert not any(
        consents.allows(who.id, purpose) for purpose in ("personalisation", "marketing_sms", "marketing_email")
    )
    assert front.get("/v1/cart", token=who.token).status == 200


def test_changes_of_an_account_that_moved_meanwhile_are_refused(front, who, monkeypatch):
    stale = accounts.get(who.id)
    front.patch("/v1/me", {"name": "Ming"}, token=who.token)
    monkeypatch.setattr(accounts, "get", lambda _account: stale)
    with pytest.raises(CommitRejected):
        done(profile.edit, work=Work(Caller(who.id, "customer"), "x"), name="Late")


def test_a_vault_that_does_not_answer_is_said_so_and_nothing_is_shown(front, who, monkeypatch):
    vault.forget()
    monkeypatch.setenv("PERSONAL_KEY", "no-such-key")
    closed = front.get("/v1/me", token=who.token)
    assert (closed.status, closed.json["code"]) == (503, "VAULT_CLOSED")
    made = front.post("/v1/auth/register", {"email": "li@example.com", "password": "long enough 1", "terms": TERMS})
    assert made.status == 503
    assert len(aws.rows_of(Account, "account")) == 1
