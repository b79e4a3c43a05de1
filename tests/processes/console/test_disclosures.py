"""Looking at people's data in clear has a price: a matter of theirs, a count, and nobody looks at colleagues."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.records.audit import service as audit
from chalicelib.records.identity.events import StaffLookedTooOften, UserDataDisclosed
from chalicelib.records.identity.staff.service import disclosures
from chalicelib.records.payments.service import exceptions
from chalicelib.records.payments.steps import exceptions as exception_steps
from chalicelib.records.payments.steps.refunds import owe
from chalicelib.runtime import observe, world
from chalicelib.runtime.caller import worker
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.counter import counter, fake

__all__ = ["counter", "fake"]
REASON = "complaint"


@pytest.fixture
def support(counter):
    return people.member(counter.front, "support", fresh=True)


@pytest.fixture
def buyer(counter):
    """A customer with an order: (who, the order)."""
    order = counter.place(counter.quote((0, 1))).json["order_id"]
    return counter.ask("GET", "/v1/me").json["user_id"], order


@pytest.fixture
def other(counter):
    """Another customer with an order."""
    token = counter.newcomer("13900139000")
    quote = counter.quote((0, 1), token=token)["quote"]
    order = counter.ask("POST", "/v1/orders", {"quote": quote}, token=token).json["order_id"]
    return counter.ask("GET", "/v1/me", token=token).json["user_id"], order


def look(counter, user, matter, who, reason=REASON):
    body = {"reason": reason, "matter": matter}
    return counter.ask("POST", f"/v1/admin/users/{user}/disclosures", body, token=who.token)


def told():
    rows = [json.loads(row.facts) for row in aws.rows(Journal) if row.facts]
    return [fact[3] for facts in rows for fact in facts if fact[0] == UserDataDisclosed.wire]


def test_looking_at_a_person_in_clear_is_told_before_it_is_shown(counter, support, buyer):
    user, order = buyer
    shown = look(counter, user, order, support)
    assert (shown.status, shown.json["phone"], shown.json["addresses"][0]["name"]) == (200, "+8613800138000", "王小明")
    row = next(row for row in aws.rows(Journal) if UserDataDisclosed.wire in (row.facts or ""))
    assert (row.actor, row.reply) == (support.id, None)
    assert told() == [{"user_id": user, "reason": REASON, "matter": order}]
    without = counter.ask("POST", f"/v1/admin/users/{user}/disclosures", {"reason": "curious"}, token=support.token)
    assert without.status == 422


def matters(order, number):
    """A payment, a refund and an exception of an order, made past the front door."""
    work, payment = Work(worker("test"), "test"), f"{order}01"
    refund = f"R{order[1:]}"
    case = exceptions.draft("mismatch", "wechat", payment, work.now)
    work.add(owe(refund, payment, number, work.now, "late"), exception_steps.open(case))
    work.commit()
    return [order, payment, refund, case.id]


def test_a_matter_is_an_order_a_payment_a_refund_or_an_exception_of_that_person(counter, fake, support, buyer, other):
    body = {"provider": "wechat", "product": "native"}
    assert counter.ask("POST", f"/v1/orders/{buyer[1]}/payments", body, key="pay").status == 201
    own = matters(buyer[1], 100)
    assert [look(counter, buyer[0], matter, support).status for matter in own] == [200] * 4
    for matter in own:
        foreign = look(counter, other[0], matter, support)
        assert (foreign.status, foreign.json["code"]) == (422, "MATTER_FOREIGN")
    assert len(told()) == 4


@pytest.mark.parametrize(
    "matter", ["T-1001", "O" + "0" * 26, "R" + "0" * 26, "X" + "0" * 32, "O" + "0" * 26 + "01", "XXXX"]
)
def test_a_matter_that_there_is_not_opens_nobody(counter, support, buyer, matter):
    refused = look(counter, buyer[0], matter, support)
    assert (refused.status, refused.json["code"]) == (422, "MATTER_FOREIGN")
    assert told() == []


def test_a_payment_that_was_never_begun_is_no_matter(counter, support, buyer):
    assert look(counter, buyer[0], f"{buyer[1]}07", support).json["code"] == "MATTER_FOREIGN"


def test_a_member_of_staff_looks_at_so_many_a_day_and_the_next_rings(counter, bus, support, buyer, monkeypatch):
    monkeypatch.setenv(disclosures.A_DAY, "3")
    rung = []
    monkeypatch.setattr(observe, "count", lambda name, **_: rung.append(name))
    user, order = buyer
    path = f"/v1/admin/orders/{order}/disclosures"
    assert look(counter, user, order, support).status == 200
    assert counter.ask("POST", path, {"reason": REASON}, token=support.token).status == 200
    assert look(counter, user, order, support).status == 200
    refused = look(counter, user, order, support), counter.ask("POST", path, {"reason": REASON}, token=support.token)
    assert {(one.status, one.json["code"]) for one in refused} == {(429, "DISCLOSED_TOO_OFTEN")}
    assert (len(told()), rung.count("DisclosedTooOften")) == (3, 2)
    bus.run()
    entries = [one.wire for one in audit.about(support.id, 20, None)[0]]
    assert entries.count(StaffLookedTooOften.wire) == 1, "once a day"

    finance = people.member(counter.front, "finance", fresh=True)
    assert look(counter, user, order, finance).status == 200, "each has a share of their own"


def test_the_day_ends_at_the_shops_midnight(counter, support, buyer, monkeypatch):
    monkeypatch.setenv(disclosures.A_DAY, "1")
    user, order = buyer
    assert look(counter, user, order, support).status == 200
    midnight = (world.now() + timedelta(hours=8)).replace(hour=0, minute=0, second=0) + timedelta(days=1, hours=-8)
    counter.clock.advance(midnight - world.now() - timedelta(seconds=1))
    fresh = lambda: people.Person(support.id, people.token(support.id, "support", fresh=True))
    assert look(counter, user, order, fresh()).status == 429
    counter.clock.advance(timedelta(seconds=1))
    assert look(counter, user, order, fresh()).status == 200


@pytest.mark.parametrize("role", ["support", "operator", "finance"])
def test_only_administrators_see_staff(counter, role):
    front, who, admin = counter.front, people.member(counter.front, role), people.member(counter.front, "admin")
    own = front.get("/v1/admin/users/" + admin.id, token=who.token)
    if role == "finance":
        assert own.status == 403
        return
    for path in (f"/v1/admin/users/{admin.id}", "/v1/admin/users", f"/v1/admin/users/{who.id}"):
        refused = front.get(path, token=who.token)
        assert (refused.status, refused.json["code"]) == (403, "STAFF_CLOSED")
    email = "admin@demo.example"
    assert front.get(f"/v1/admin/users?email={email}", token=who.token).json["items"] == []
    assert front.get(f"/v1/admin/search?q={email}", token=who.token).json["by"] == "nothing"
    assert [one["user_id"] for one in front.get(f"/v1/admin/users?email={email}", token=admin.token).json["items"]] == [
        admin.id
    ]
    assert front.get(f"/v1/admin/users/{who.id}", token=admin.token).json["roles"] == [role]


def test_nobody_looks_at_a_colleague_in_clear(counter, support, buyer):
    admin = people.member(counter.front, "admin")
    refused = look(counter, admin.id, buyer[1], support)
    assert (refused.status, refused.json["code"]) == (403, "STAFF_CLOSED")
    assert told() == []
