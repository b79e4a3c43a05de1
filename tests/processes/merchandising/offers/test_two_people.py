"""What one person may not publish alone: proposed by one, agreed to by another, and then exactly what was proposed."""

from __future__ import annotations

import pytest

from chalicelib.records.promotions.offers import service as offers
from tests.processes.merchandising.offers.staff import Staff
from tests.records.coupons.wallets import DOCUMENT, opened
from tests.support import people
from tests.support.shelf import shirts, shop

__all__ = ["shirts", "shop"]
HALF = {"by": "fen", "tiers": [{"at": 20_000, "off_fen": 10_000}]}
MORE = {"by": "fen", "tiers": [{"at": 20_000, "off_fen": 10_001}]}


@pytest.fixture
def staff(front):
    return Staff(front)


@pytest.fixture
def second(front):
    return people.member(front, "admin", fresh=True)


def propose(staff, offer_id, key="p"):
    body = {"kind": "offer", "about": offer_id, "after": {"version": 1}, "reason": "anniversary"}
    return staff.front.post("/v1/admin/proposals", body, token=staff.who.token, key=key)


def agree(staff, who, told):
    return staff.front.post(f"/v1/admin/proposals/{told.json['id']}/agreement", token=who.token)


def limit(told):
    assert (told.status, told.json["code"], told.json["params"]["kind"]) == (403, "SECOND_PERSON_NEEDED", "offer")
    return told.json["params"]["limit"]


def test_one_person_publishes_half_off_and_not_a_fen_more(staff):
    staff.published(terms=HALF)
    assert limit(staff.publish(staff.drafted(terms=MORE))) == "-50 %"


def test_a_budget_has_a_bound_too(staff):
    staff.published(limits={"budget_fen": 5_000_000})
    assert limit(staff.publish(staff.drafted(limits={"budget_fen": 5_000_001}))) == "5000000 fen"


def test_goods_that_are_named_are_measured_by_their_own_price(staff, shop):
    cut = {"lane": "price", "kind": "price", "scope": {"skus": [shop.red]}, "ends_at": None}
    assert limit(staff.publish(staff.drafted(**cut, terms={"price_fen": 4949}))) == "-50 %"
    staff.published(**cut, terms={"price_fen": 4950})


@pytest.mark.parametrize(
    "deep",
    [
        {"kind": "buy_get", "terms": {"buy": 1, "get": 1, "get_scope": {"skus": ["dear"]}}},
        {"kind": "buy_get", "terms": {"buy": 1, "get": 1}, "pick": "dearest"},
        {"kind": "second_half", "terms": {"nth": 2, "pay_bp": 0}, "pick": "dearest"},
        {"kind": "second_half", "terms": {"nth": 2, "pay_bp": 0}},
        {"terms": {"by": "fen", "tiers": [{"at": 1, "points": 10_000_000_000}]}},
    ],
)
def test_what_the_dearest_order_loses_counts_and_not_the_pieces(staff, shop, deep):
    if "get_scope" in deep["terms"]:
        deep = {**deep, "terms": {**deep["terms"], "get_scope": {"skus": [shop.red]}}}
    assert limit(staff.publish(staff.drafted(**deep))) == "-50 %"


def test_a_piece_of_every_other_piece_of_one_sku_is_half(staff, shop):
    staff.published(kind="buy_get", terms={"buy": 1, "get": 1}, scope={"skus": [shop.red]})
    staff.published(kind="buy_get", terms={"buy": 1, "get": 1}, pick="cheapest")


def test_what_is_added_costs_less_than_today(staff, shop):
    add_on = {"kind": "add_on", "scope": {"skus": [shop.blue]}}
    terms = {"sku": shop.red, "price_fen": 9900, "min_fen": 9900}
    told = staff.publish(staff.drafted(**add_on, terms=terms))
    assert (told.json["code"], told.json["params"]["at"], told.json["params"]["lowest"]) == (
        "PRICE_NOT_LOWER",
        "terms.price_fen",
        9900,
    )
    staff.published(**add_on, terms={**terms, "price_fen": 9899})


def test_a_killed_offer_says_that_it_was_killed(staff, front):
    name = staff.published()
    staff.kill(name)
    told = staff.end(name)
    assert (told.json["code"], told.json["params"]) == ("OFFER_STATE_CONFLICT", {"state": "killed"})


def test_a_coupon_that_a_tier_gives_counts_as_what_it_takes_off(staff):
    large = opened(document={**DOCUMENT, "kind": "amount", "terms": {"off_fen": 1_000_000_000}})
    small = opened(document={**DOCUMENT, "kind": "amount", "terms": {"off_fen": 5_000}})
    gives = lambda template: {"terms": {"by": "fen", "tiers": [{"at": 20_000, "coupon": template}]}}
    assert limit(staff.publish(staff.drafted(**gives(large)))) == "-50 %"
    staff.published(**gives(small))


def test_what_two_agreed_on_is_published_as_it_was_proposed(staff, second):
    name = staff.drafted(terms=MORE)
    told = propose(staff, name)
    assert told.status == 201
    assert agree(staff, staff.who, told).json["code"] == "PROPOSAL_NEEDS_ANOTHER"
    assert offers.active().documents == ()
    assert agree(staff, second, told).status == 200
    (held,) = offers.active().documents
    assert (held["id"], held["version"], held["terms"]) == (name, 1, MORE)
    assert staff.show(name)["state"] == "published"


def test_what_was_edited_since_it_was_proposed_is_not_published(staff, second):
    name = staff.drafted(terms=MORE)
    told = propose(staff, name)
    staff.edit(name, 1, terms={"by": "fen", "tiers": [{"at": 20_000, "off_fen": 19_000}]})
    assert agree(staff, second, told).json["code"] == "STALE_PROPOSAL"
    other = propose(staff, name, key="again")
    assert (other.json["code"], other.json["params"]["at"]) == ("PROPOSAL_UNFIT", "version")
    assert offers.active().documents == ()


def test_what_is_unlawful_two_people_do_not_make_lawful(staff, second, shop):
    cut = {"lane": "price", "kind": "price", "scope": {"skus": [shop.red]}, "terms": {"price_fen": 9900}}
    told = propose(staff, staff.drafted(**cut))
    assert agree(staff, second, told).json["code"] == "PRICE_NOT_LOWER"


def test_only_who_sets_up_offers_proposes_one_that_there_is(front, staff, second):
    assert propose(staff, "F01JZ0000000000000000000000").json["code"] == "OFFER_NOT_FOUND"
    body = {"kind": "offer", "about": "F1", "after": {"price": 1}, "reason": "anniversary"}
    told = front.post("/v1/admin/proposals", body, token=staff.who.token, key="x")
    assert (told.json["code"], told.json["params"]["at"]) == ("PROPOSAL_UNFIT", "price, version")
