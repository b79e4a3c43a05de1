"""What one person may not do alone: prices far down, stock out of nothing; proposed by one, agreed to by another."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.permits import permits
from chalicelib.records.audit import service as audit
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import reading
from chalicelib.records.identity.accounts.service import presence
from chalicelib.records.identity.staff.service import directory as accounts
from chalicelib.records.identity.staff.service import staff
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.catalog import goods
from tests.records.identity.test_staff import activate, invite, put_roles
from tests.support import aws, people
from tests.support.doors import done

DAY = timedelta(days=1)


def edit(front, who, shop, price, **more):
    kept = next(one for one in catalog.find_product(shop.id).skus if one.id == shop.red)
    body = {"code": kept.code, "price": price, "options": {"colour": "red", "size": "s"}, **more}
    version = str(int(catalog.find_product(shop.id).product.version))
    return front.put(
        f"/v1/admin/products/{shop.id}/skus/{shop.red}", body, token=who.token, headers={"If-Match": version}
    )


def adjust(front, who, sku, delta, key):
    body = {"delta": delta, "reason": "stock-take"}
    return front.post(f"/v1/admin/stock/{sku}/adjustments", body, token=who.token, key=key)


def propose(front, who, sku, kind="sku_price", key="p1", **after):
    body = {"kind": kind, "about": sku, "after": after or {"price": 100}, "reason": "clearance"}
    return front.post("/v1/admin/proposals", body, token=who.token, key=key)


def decide(front, who, told, what="agreement"):
    return front.post(f"/v1/admin/proposals/{told.json['id']}/{what}", token=who.token)


def another_operator(front):
    """A second operator: a member of staff of their own, invited and given the role."""
    first, second = people.member(front, "admin", fresh=True), staff.create_admin("second@example.com")
    activate(front, second.email, second.code)
    other = people.Person(second.account, people.token(second.account, "admin", fresh=True, version=2))
    account, code = invite(front, first, "op2@example.com")
    assert put_roles(front, first, account, "operator").json["applied"] is False
    assert put_roles(front, other, account, "operator").json["applied"] is True
    activate(front, "op2@example.com", code)
    version = int(accounts.accounts.get(account).version)
    return people.Person(account, people.token(account, "operator", fresh=True, version=version))


# ---- what one may do alone ------------------------------------------------------------------------------------------
def test_one_person_lowers_a_price_by_so_much_and_not_by_a_fen_more(front, operator, shop):
    refused = edit(front, operator, shop, 6929)  # of 9,900, 30 %
    assert (refused.status, refused.json["code"]) == (403, "SECOND_PERSON_NEEDED")
    assert refused.json["params"] == {"kind": "sku_price", "limit": "-30 % / 24 h"}
    assert reading.price_of(shop.red) == 9900
    assert edit(front, operator, shop, 6930).status == 200


def test_many_small_steps_within_a_day_are_one(front, operator, shop, clock):
    assert edit(front, operator, shop, 7000).status == 200
    clock.advance(DAY / 2)
    operator = people.member(front, "operator", fresh=True)
    assert edit(front, operator, shop, 6900).json["code"] == "SECOND_PERSON_NEEDED"
    assert edit(front, operator, shop, 8000).status == 200, "upwards whoever likes"
    assert edit(front, operator, shop, 6929).json["code"] == "SECOND_PERSON_NEEDED", "the day began at 9,900"
    clock.advance(DAY / 2 + timedelta(minutes=1))
    operator = people.member(front, "operator", fresh=True)
    assert edit(front, operator, shop, 6900).status == 200, "a day after that first step, 8,000 is what it was"


def test_a_product_that_nobody_could_buy_yet_may_be_priced_anew(front, operator, shirts):
    draft = goods.product(shirts, publish=False)
    assert edit(front, operator, SimpleNamespace(id=draft.id, red=f"{draft.id}01"), 100).status == 200
    assert reading.prices_since(f"{draft.id}01", instant(0)) == [], "what it cost before anybody could buy binds nobody"


def add(front, who, shop, price, code):
    body = {"skus": [{"code": code, "price": price, "options": {"colour": "red", "size": "m"}}]}
    version = str(int(catalog.find_product(shop.id).product.version))
    return front.post(f"/v1/admin/products/{shop.id}/skus", body, token=who.token, headers={"If-Match": version})


def test_a_new_sku_of_what_is_sold_is_no_way_around_that(front, operator, shop):
    cheapest = min(int(one.price) for one in catalog.find_product(shop.id).skus)
    least = -(-cheapest * 70 // 100)
    refused = add(front, operator, shop, least - 1, "way-around")
    assert (refused.status, refused.json["code"]) == (403, "SECOND_PERSON_NEEDED")
    assert refused.json["params"] == {"kind": "sku_price", "limit": "-30 % / 24 h"}
    assert len(catalog.find_product(shop.id).skus) == 2
    assert add(front, operator, shop, least, "modest").status == 201


def test_lowering_a_sibling_first_is_no_way_around_that_either(front, operator, shop):
    assert edit(front, operator, shop, 6930).status == 200
    cheapest = min(int(one.price) for one in catalog.find_product(shop.id).skus)
    assert cheapest == 6930
    assert add(front, operator, shop, 6929, "way-around").json["code"] == "SECOND_PERSON_NEEDED"
    assert add(front, operator, shop, 6930, "modest").status == 201


def test_a_draft_gets_skus_of_any_price(front, operator, shirts):
    draft = goods.product(shirts, publish=False)
    assert add(front, operator, draft, 1, "cheap").status == 201


def test_one_person_counts_in_so_many_pieces_a_day_and_not_one_more(front, operator, shop, clock):
    assert adjust(front, operator, shop.blue, 600, "a").status == 204
    assert adjust(front, operator, shop.blue, -300, "b").status == 204
    refused = adjust(front, operator, shop.blue, 101, "c")
    assert (refused.status, refused.json["code"]) == (403, "SECOND_PERSON_NEEDED")
    assert refused.json["params"] == {"kind": "stock", "limit": "1000 / 24 h"}
    assert adjust(front, operator, shop.blue, 100, "d").status == 204
    assert adjust(front, operator, shop.red, 1000, "e").status == 204, "another SKU"
    clock.advance(DAY + timedelta(seconds=1))
    operator = people.member(front, "operator", fresh=True)
    assert adjust(front, operator, shop.blue, 1000, "f").status == 204
    assert inventory.on_hand(shop.blue) == 200 + 600 - 300 + 100 + 1000


def test_two_counts_at_once_cannot_both_be_below_the_limit(shop):
    """What was moved lately is read before; so what was read must still stand when it is written."""
    first, second = (Work(Caller("A1", "operator"), "test") for _ in "ab")
    inventory.count(shop.blue, 600, 200, "count", first, agreed=False)
    inventory.count(shop.blue, 600, 200, "count", second, agreed=False)
    first.commit()
    with pytest.raises(CommitRejected) as refused:
        second.commit()
    assert {type(reason) for reason in refused.value.reasons} == {StaleStock}
    assert inventory.on_hand(shop.blue) == 800


def test_movements_beyond_the_first_page_are_counted_too(shop):
    for _ in range(101):
        done(inventory.adjust, shop.blue, 9, "count", work=Work(Caller("A1", "operator"), "test"))
    with pytest.raises(inventory.SecondPersonNeeded):
        done(inventory.adjust, shop.blue, 92, "count", work=Work(Caller("A1", "operator"), "test"))
    done(inventory.adjust, shop.blue, 92, "count", work=Work(Caller("A2", "operator"), "test"))
    done(inventory.adjust, shop.blue, 91, "count", work=Work(Caller("A1", "operator"), "test"))


@pytest.mark.parametrize(("method", "path", "body"), [
    ("PUT", "/v1/admin/switches/price_epoch", {"value": 1}), ("PUT", "/v1/admin/placing", {"paused": True}),
    ("POST", "/v1/admin/stock/{sku}/adjustments", {"delta": 1, "reason": "x"}),
    ("DELETE", "/v1/admin/stock/{sku}/closure", None), ("PUT", "/v1/admin/stock/{sku}/buckets", {"buckets": 2}),
    ("PUT", "/v1/admin/products/{product}/skus/{sku}", {"code": "x", "price": 1}),
    ("POST", "/v1/admin/products/{product}/skus", {"skus": [{"code": "x", "price": 1}]}),
])  # fmt: skip
def test_prices_switches_placing_and_stock_want_a_second_factor_shown_lately(front, shop, method, path, body):
    stale = people.member(front, "operator")
    told = front.request(method, path.format(sku=shop.red, product=shop.id), body, token=stale.token, key="k")
    assert (told.status, told.json["code"]) == (403, "SECOND_FACTOR_NEEDED")


def test_an_epoch_is_only_ever_raised_by_one(front, operator):
    now = next(
        s["value"]
        for s in front.get("/v1/admin/switches", token=operator.token).json["switches"]
        if s["name"] == "price_epoch"
    )
    for value in (now + 2, 10**12, now - 1, -1):
        told = front.put("/v1/admin/switches/price_epoch", {"value": value}, token=operator.token)
        assert (told.status, told.json["code"]) == (422, "SWITCH_RISES_BY_ONE"), value
    for value in (now, now + 1, now + 2):
        assert front.put("/v1/admin/switches/price_epoch", {"value": value}, token=operator.token).status == 204


# ---- two people -----------------------------------------------------------------------------------------------------
def test_a_price_is_set_when_a_second_person_agrees_and_both_are_on_record(front, operator, admin, shop, bus):
    made = propose(front, operator, shop.red, price=100)
    assert (made.status, made.json["state"]) == (201, "open")
    assert reading.price_of(shop.red) == 9900, "a proposal changes nothing"
    (waiting,) = front.get("/v1/admin/proposals", token=admin.token).json["items"]
    assert (waiting["before"], waiting["after"], waiting["reason"]) == ({"price": 9900}, {"price": 100}, "clearance")
    assert (waiting["kind"], waiting["about"], waiting["proposed_by"]) == ("sku_price", shop.red, operator.id)

    told = decide(front, admin, made)
    assert (told.status, told.json["state"]) == (200, "agreed")
    assert reading.price_of(shop.red) == 100
    assert front.get("/v1/admin/proposals", token=admin.token).json["items"] == []
    kept = front.get(f"/v1/admin/proposals/{made.json['id']}", token=operator.token).json
    assert (kept["state"], kept["decided_by"]) == ("agreed", admin.id)
    assert edit(front, operator, shop, 70).status == 200, "from there on one person counts from what two agreed on"
    bus.run()
    entries = audit.about(made.json["id"], 10, None)[0]
    assert sorted((e.wire, e.actor) for e in entries) == [("proposal.agreed", admin.id), ("proposal.made", operator.id)]


def test_stock_is_counted_in_when_a_second_person_agrees(front, operator, admin, shop):
    made = propose(front, operator, shop.red, "stock", delta=5000)
    assert decide(front, admin, made).status == 200
    assert inventory.on_hand(shop.red) == 5005
    assert adjust(front, admin, shop.red, 1, "a").status == 403, "an administrator counts no stock"
    assert adjust(front, operator, shop.red, 1000, "b").status == 204, "what two agreed on counts against neither"


def test_a_second_operator_may_agree_and_nobody_to_their_own(front, operator, shop):
    made = propose(front, operator, shop.red)
    own = decide(front, operator, made)
    assert (own.status, own.json["code"]) == (403, "PROPOSAL_NEEDS_ANOTHER")
    assert reading.price_of(shop.red) == 9900
    assert decide(front, another_operator(front), made).status == 200
    assert reading.price_of(shop.red) == 100


@pytest.mark.parametrize("role", ["support", "finance"])
def test_other_staff_neither_propose_nor_decide_nor_see(front, operator, shop, role):
    made = propose(front, operator, shop.red)
    who = people.member(front, role, fresh=True)
    for told in (
        propose(front, who, shop.red, key="p2"), decide(front, who, made), decide(front, who, made, "refusal"),
        front.get("/v1/admin/proposals", token=who.token),
    ):  # fmt: skip
        assert (told.status, told.json["code"]) == (403, "NOT_PERMITTED")


def test_a_decided_proposal_is_decided(front, operator, admin, shop):
    made = propose(front, operator, shop.red)
    assert decide(front, admin, made, "refusal").json["state"] == "declined"
    for what in ("agreement", "refusal"):
        told = decide(front, admin, made, what)
        assert (told.status, told.json["code"], told.json["params"]) == (
            409,
            "PROPOSAL_STATE_CONFLICT",
            {"state": "declined"},
        )
    assert reading.price_of(shop.red) == 9900
    again = propose(front, operator, shop.red, key="p2")
    assert decide(front, operator, again, "refusal").status == 200, "one may take one's own back"
    assert decide(front, admin, again).status == 409
    agreed = propose(front, operator, shop.red, key="p3")
    assert decide(front, admin, agreed).status == 200
    told = decide(front, admin, agreed)  # and not that something changed meanwhile: that was it
    assert (told.json["code"], told.json["params"]) == ("PROPOSAL_STATE_CONFLICT", {"state": "agreed"})


def test_a_proposal_that_nobody_decides_in_three_days_is_over(front, operator, admin, shop, clock, bus):
    made = propose(front, operator, shop.red)
    clock.advance(timedelta(hours=72) - timedelta(seconds=1))
    late = people.member(front, "admin", fresh=True)
    assert front.get("/v1/admin/proposals", token=late.token).json["items"] != []
    clock.advance(timedelta(seconds=1))
    told = decide(front, people.member(front, "admin", fresh=True), made)
    assert (told.status, told.json["params"]) == (409, {"state": "expired"})
    bus.run()
    late = people.member(front, "admin", fresh=True)
    assert front.get("/v1/admin/proposals", token=late.token).json["items"] == []
    assert front.get(f"/v1/admin/proposals/{made.json['id']}", token=late.token).json["state"] == "expired"


def test_a_proposal_about_what_has_changed_since_is_stale(front, operator, admin, shop):
    made = propose(front, operator, shop.red)
    assert edit(front, operator, shop, 9800).status == 200
    told = decide(front, admin, made)
    assert (told.status, told.json["code"]) == (409, "STALE_PROPOSAL")
    assert reading.price_of(shop.red) == 9800
    counted = propose(front, operator, shop.red, "stock", key="p2", delta=5000)
    assert adjust(front, operator, shop.red, 1, "a").status == 204
    assert decide(front, admin, counted).json["code"] == "STALE_PROPOSAL"


@pytest.mark.parametrize("gone", ["blocked", "stripped"])
def test_the_proposal_of_somebody_who_lost_the_right_is_nobodys(front, operator, admin, shop, gone):
    made = propose(front, operator, shop.red)
    if gone == "blocked":
        assert front.put(f"/v1/admin/users/{operator.id}/block", token=admin.token).status == 204
    else:
        assert put_roles(front, admin, operator.id).json["applied"] is True
    told = decide(front, admin, made)
    assert (told.status, told.json["code"]) == (409, "PROPOSER_GONE")
    assert reading.price_of(shop.red) == 9900


def test_what_is_no_change_is_refused_before_anybody_sees_it(front, operator, shop):
    for body, code in [
        ({"after": {"price": 0}}, "PROPOSAL_UNFIT"), ({"after": {"price": 1.5}}, "PROPOSAL_UNFIT"),
        ({"after": {}}, "PROPOSAL_UNFIT"), ({"after": {"price": 1, "x": 1}}, "PROPOSAL_UNFIT"),
        ({"kind": "stock", "after": {"delta": 10**7}}, "PROPOSAL_UNFIT"),
        ({"kind": "stock", "after": {"delta": 0}}, "PROPOSAL_UNFIT"), ({"kind": "other"}, "INVALID_REQUEST"),
        ({"about": f"{shop.id}99"}, "SKU_NOT_FOUND"), ({"about": "nothing"}, "SKU_NOT_FOUND"),
        ({"kind": "stock", "about": "nothing", "after": {"delta": 1}}, "STOCK_NOT_FOUND"),
    ]:  # fmt: skip
        told = front.post("/v1/admin/proposals", {
            "kind": "sku_price", "about": shop.red, "after": {"price": 100}, "reason": "because", **body},
            token=operator.token, key="k")  # fmt: skip
        assert (told.json["code"], told.status in (404, 422)) == (code, True), told.text
    assert front.get("/v1/admin/proposals", token=operator.token).json["items"] == []


def test_a_proposal_sent_twice_is_one(front, operator, shop):
    first, again = propose(front, operator, shop.red), propose(front, operator, shop.red)
    assert first.json == again.json
    assert len(front.get("/v1/admin/proposals", token=operator.token).json["items"]) == 1


def test_why_it_is_proposed_is_kept_sealed(front, operator, shop):
    propose(front, operator, shop.red)
    assert "clearance" not in repr(
        aws.rows(__import__("chalicelib.records.proposals.model", fromlist=["Proposal"]).Proposal)
    )


# ---- roles ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("gone", ["blocked", "stripped"])
def test_roles_that_a_former_administrator_proposed_are_not_given_by_one(front, admin, gone):
    made = staff.create_admin("second@example.com")
    activate(front, made.email, made.code)
    second = people.Person(made.account, people.token(made.account, "admin", fresh=True, version=2))
    account, _ = invite(front, admin)
    assert put_roles(front, second, account, "operator").json["applied"] is False
    if gone == "blocked":
        assert front.put(f"/v1/admin/users/{second.id}/block", token=admin.token).status == 204
    else:
        assert put_roles(front, admin, second.id).json["applied"] is True
    presence.forget()
    assert put_roles(front, admin, account, "operator").json["applied"] is False, "now it is this one's proposal"
    assert accounts.look(account, Caller(admin.id, "admin", permits(["admin"]))).roles == []


def test_a_proposal_of_roles_is_over_after_three_days(front, admin, clock):
    made = staff.create_admin("second@example.com")
    activate(front, made.email, made.code)
    account, _ = invite(front, admin)
    assert put_roles(front, admin, account, "operator").json["applied"] is False
    clock.advance(timedelta(hours=72))
    second = people.Person(made.account, people.token(made.account, "admin", fresh=True, version=2))
    assert put_roles(front, second, account, "operator").json["applied"] is False
    admin = people.member(front, "admin", fresh=True)
    assert put_roles(front, admin, account, "operator").json["applied"] is True
