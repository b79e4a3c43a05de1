"""Who sets prices should not buy at them unnoticed: a customer who signs in where staff do is seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.audit import service as audit
from chalicelib.records.identity.access.service import devices
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.identity.staff.service import staff
from chalicelib.runtime import table, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.identity.test_staff import PASSWORD
from tests.support import people

DESK, OTHER, LINE = "the-desk-computer-01", "another-computer-02", "114.114.114.114"


def account(owner):
    """A customer's account, or one of the shop's own, that is there."""
    row = table.get(Account, owner, ACCOUNT, consistent=True)
    if row is None:
        row = Account(owner, ACCOUNT, state="active", version=1)
        work = Work(Caller("", "anyone"), "test")
        work.add(table.put(row))
        work.commit()
    return row


def comes(owner, device="", ip=""):
    """What is told when somebody signs in from there."""
    work = Work(Caller("", "anyone", ip=ip, device=device), "test")
    told = devices.note_place(account(owner), work)
    facts = [fact for fact, _ in work._facts]
    work.commit()
    return told, [(fact.user_id, fact.staff_id, fact.by) for fact in facts]


@pytest.fixture
def them(engine):
    return world.new_id("A"), world.new_id("U")


def test_a_customer_on_the_device_of_one_of_staff_is_seen(them):
    clerk, buyer = them
    assert comes(clerk, DESK) == ({}, [])
    assert comes(buyer, DESK) == ({"beside": clerk}, [(buyer, clerk, "device")])
    assert comes(world.new_id("U"), OTHER) == ({}, [])


def test_a_customer_on_the_line_of_one_of_staff_is_seen(them):
    clerk, buyer = them
    comes(clerk, DESK, LINE)
    assert comes(buyer, OTHER, LINE) == ({"beside": clerk}, [(buyer, clerk, "network")])
    assert comes(buyer, OTHER, "114.114.114.115") == ({}, []), "the next line is somebody else's"


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.7", "192.168.1.9", "fe80::1", "nowhere", ""])
def test_a_gateway_inside_says_nothing(them, inside):
    clerk, buyer = them
    comes(clerk, DESK, inside)
    assert comes(buyer, OTHER, inside) == ({}, [])


def test_it_is_told_once_and_again_of_somebody_else(them):
    clerk, buyer = them
    row = account(buyer)
    comes(clerk, DESK)
    row.beside = clerk
    work = Work(Caller("", "anyone", device=DESK), "test")
    assert devices.note_place(row, work) == {}
    another = world.new_id("A")
    comes(another, DESK)
    assert devices.note_place(row, work) == {"beside": another}


def test_after_a_month_it_is_forgotten(them, engine):
    clerk, buyer = them
    comes(clerk, DESK)
    engine.advance(timedelta(days=30) - timedelta(seconds=1))
    assert comes(buyer, DESK)[1]
    engine.advance(timedelta(seconds=1))
    assert comes(world.new_id("U"), DESK) == ({}, [])


def test_the_audit_log_and_the_order_say_so(front, bus):
    """As a person would: a member of staff signs in at a desk, then somebody buys from there."""
    made = staff.create_admin("one@example.com")
    body = {"email": made.email, "code": made.code, "password": PASSWORD}
    secret = front.post("/v1/auth/activation", body).json["totp_secret"]
    body = {"email": made.email, "password": PASSWORD, "totp": people.totp(secret)}
    assert front.post("/v1/auth/login", body, headers={"X-Device": DESK}).status == 200
    code = people.code_for(front, "register", phone="13800138000")
    body = {"phone": "13800138000", "code": code, "terms": people.TERMS}
    buyer = people.person(front.post("/v1/auth/register", body, headers={"X-Device": DESK}))
    assert table.get(Account, buyer.id, ACCOUNT, consistent=True).beside == made.account
    bus.run()
    entries = [entry.wire for entry in audit.about(buyer.id, 20, None)[0]]
    assert entries.count("user.beside_staff") == 1
