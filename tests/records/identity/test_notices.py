"""What an owner is told of their account: everything that somebody who had stolen a way in would do."""

from __future__ import annotations

import json

import pytest

from chalicelib.kernel.messages import TEXTS
from chalicelib.records.identity.access.service import devices
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.events import UserDeviceNew
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.people import TERMS
from tests.support.world import minutes

PHONE, EMAIL, PASSWORD = "13800138000", "li@example.com", "long enough 1"
PHONE_ID, TABLET_ID = "0f8fad5b-d9cb-469f-a165", "7c9e6679-7425-40de-944b"


def said(bus, what):
    """The addresses that were told this when the facts so far have gone round."""
    outbox.clear()
    bus.run()
    return told(what)


def told(what):
    begins = tuple(TEXTS[what].words(language).text.partition("{")[0][:28] for language in ("zh", "en"))
    return [one.address for one in outbox.latest() if one.text.startswith(begins)]


def login(front, device=None, **more):
    headers = {"X-Device": device} if device else None
    return front.post("/v1/auth/login", {"phone": PHONE, "password": PASSWORD, **more}, headers=headers)


@pytest.fixture
def who(front, engine, bus):
    """A customer with a phone, an e-mail address and a password, of whom all has been said."""
    person = people.register(front, PHONE, password=PASSWORD)
    person = people.proven(front, engine, person)
    code = people.code_for(front, "bind", email=EMAIL)
    assert front.put("/v1/me/contact", {"email": EMAIL, "code": code}, token=person.token).status == 204
    bus.run()
    return person


def test_a_new_password_is_told_to_every_contact(front, bus, who):
    both = {"password": "quite another 7", "old_password": PASSWORD}
    assert front.put("/v1/me/password", both, token=who.token).status == 204
    assert said(bus, "password_set") == [EMAIL, "+8613800138000"]


def test_a_password_that_was_reset_is_told(front, engine, bus, who):
    engine.advance(minutes(2))
    code = people.code_for(front, "password", phone=PHONE)
    reset = {"phone": PHONE, "code": code, "password": "quite another 7"}
    assert front.post("/v1/auth/password", reset).status == 200
    assert said(bus, "password_set") == [EMAIL, "+8613800138000"]


@pytest.mark.parametrize("why", ["everywhere", "contact"])
def test_what_ends_sessions_otherwise_is_no_new_password(front, engine, bus, who, why):
    if why == "everywhere":
        assert front.post("/v1/auth/logout", {"everywhere": True}, token=who.token).status == 204
    else:
        who = people.proven(front, engine, who)
        code = people.code_for(front, "bind", email="new@example.com")
        assert front.put("/v1/me/contact", {"email": "new@example.com", "code": code}, token=who.token).status == 204
    assert said(bus, "password_set") == []


def test_an_export_is_told(front, engine, bus, who):
    who = people.proven(front, engine, who)
    assert front.post("/v1/me/data-exports", token=who.token).status == 202
    assert said(bus, "data_exported") == [EMAIL, "+8613800138000"]
    assert "24 小时" in outbox.latest()[0].text, "when it is ready that is said too"


def test_leaving_is_told_with_the_day(front, engine, bus, who):
    who = people.proven(front, engine, who)
    due = front.delete("/v1/me", token=who.token).json["due_at"]
    assert said(bus, "leaving") == [EMAIL, "+8613800138000"]
    assert due[:10] in outbox.latest()[0].text


def test_a_device_is_told_when_it_is_new_and_not_again(front, bus, who):
    assert login(front, PHONE_ID).status == 200
    assert said(bus, "device_new") == [EMAIL, "+8613800138000"]
    assert login(front, PHONE_ID).status == 200
    assert said(bus, "device_new") == []
    assert login(front, TABLET_ID).status == 200
    assert said(bus, "device_new") == [EMAIL, "+8613800138000"]


def test_the_device_of_the_registration_is_none_that_is_new(front, bus):
    code = people.code_for(front, "register", phone=PHONE)
    body = {"phone": PHONE, "code": code, "terms": TERMS, "password": PASSWORD}
    assert front.post("/v1/auth/register", body, headers={"X-Device": PHONE_ID}).status == 201
    assert login(front, PHONE_ID).status == 200
    assert said(bus, "device_new") == []


def test_a_device_is_new_however_somebody_signs_in(front, engine, bus, who):
    engine.advance(minutes(2))
    code = people.code_for(front, "login", phone=PHONE)
    assert front.post("/v1/auth/login", {"phone": PHONE, "code": code}, headers={"X-Device": PHONE_ID}).status == 200
    assert said(bus, "device_new") == [EMAIL, "+8613800138000"]
    engine.advance(minutes(2))
    code = people.code_for(front, "password", phone=PHONE)
    reset = {"phone": PHONE, "code": code, "password": "quite another 7"}
    assert front.post("/v1/auth/password", reset, headers={"X-Device": TABLET_ID}).status == 200
    assert said(bus, "device_new") == [EMAIL, "+8613800138000"]


def work_at(ip="", device=""):
    return Work(Caller("", "anyone", ip=ip, device=device), "x")


def test_a_device_without_an_id_of_its_own_is_known_by_its_surroundings(engine):
    assert devices.mark(work_at("203.0.113.9")) == devices.mark(work_at("203.0.113.77", device="tablet"))
    assert devices.mark(work_at("203.0.113.9")) != devices.mark(work_at("203.0.114.9"))
    assert devices.mark(work_at("2001:db8:1:2::9")) == devices.mark(work_at("2001:db8:1:ffff::1"))
    assert devices.mark(work_at("2001:db8:1:2::9")) != devices.mark(work_at("2001:db8:2:2::9"))
    assert devices.mark(work_at("203.0.113.9", "x" * 16)) == devices.mark(work_at("198.51.100.1", "x" * 16))
    assert devices.mark(work_at("203.0.113.9", "x" * 15)) == devices.mark(work_at("203.0.113.9"))


def test_the_last_twenty_devices_are_known_and_no_id_is_kept(front, who, monkeypatch):
    for n in range(devices.MOST_KEPT + 2):
        assert login(front, f"device-number-{n:06d}").status == 200
    row = table.get(Account, who.id, ACCOUNT)
    assert len(row.device_marks) == devices.MOST_KEPT == 20
    assert "device-number" not in (row.devices or "")
    known = devices.mark(work_at(device="device-number-000021"))
    assert row.device_marks[-1] == known
    assert devices.mark(work_at(device="device-number-000001")) not in row.device_marks


def test_two_who_sign_in_on_new_devices_at_once_both_do(front, who, monkeypatch):
    commit, once = Work.commit, []

    def overtaken(self, reply=None):
        if not once:
            once.append(0)
            once[0] = login(front, PHONE_ID).status
        return commit(self, reply)

    monkeypatch.setattr(Work, "commit", overtaken)
    assert (login(front, TABLET_ID).status, once) == (200, [200])


def test_staff_hear_of_a_new_device_and_of_an_invitation_taken_up(front, bus):
    made = staff.create_admin("one@example.com")
    body = {"email": made.email, "code": made.code, "password": PASSWORD}
    secret = front.post("/v1/auth/activation", body).json["totp_secret"]
    assert said(bus, "password_set") == ["one@example.com"]
    signed = {"email": made.email, "password": PASSWORD, "totp": people.totp(secret)}
    assert front.post("/v1/auth/login", signed).status == 200
    assert said(bus, "device_new") == ["one@example.com"]


def test_an_address_that_nobody_has_shown_to_be_theirs_is_told_nothing(front, bus):
    made = front.post("/v1/auth/register", {"email": EMAIL, "password": PASSWORD, "terms": TERMS})
    both = {"password": "quite another 7", "old_password": PASSWORD}
    assert front.put("/v1/me/password", both, token=made.json["access_token"]).status == 204
    assert said(bus, "password_set") == []


def test_a_fact_that_comes_twice_is_said_once(front, bus, who):
    assert login(front, PHONE_ID).status == 200
    outbox.clear()
    bus.run(times=2)
    assert told("device_new") == [EMAIL, "+8613800138000"]


def test_a_message_that_cannot_be_delivered_to_one_contact_still_goes_to_the_other(front, bus, who, monkeypatch):
    monkeypatch.setenv("PHONE_CHANNEL", "nowhere")
    assert login(front, PHONE_ID).status == 200
    assert said(bus, "device_new") == [EMAIL]


def test_a_new_device_is_a_fact_without_its_id(front, who):
    assert login(front, PHONE_ID).status == 200
    facts = [f for row in aws.rows(Journal) if row.facts for f in json.loads(row.facts) if f[0] == UserDeviceNew.wire]
    assert [set(fact[3]) for fact in facts] == [{"user_id", "terminal"}]
    assert accounts.get(who.id).state == "active"
