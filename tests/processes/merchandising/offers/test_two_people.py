"""What one person may not publish alone: proposed by one, agreed to by another, and then exactly what was proposed."""

from __future__ import annotations

import pytest

from chalicelib.records.promotions.offers import service as offers
from tests.processes.merchandising.offers.desk import Desk
from tests.support import people
from tests.support.shelf import shirts, shop

__all__ = ["shirts", "shop"]
HALF = {"by": "fen", "tiers": [{"at": 20_000, "off_fen": 10_000}]}
MORE = {"by": "fen", "tiers": [{"at": 20_000, "off_fen": 10_001}]}


@pytest.fixture
def desk(front):
    return Desk(front)


@pytest.fixture
def second(front):
    return people.member(front, "admin", fresh=True)


def propose(desk, offer_id, key="p"):
    body = {"kind": "offer", "about": offer_id, "after": {"version": 1}, "reason": "anniversary"}
    return desk.front.post("/v1/admin/proposals", body, token=desk.who.token, key=key)


def agree(desk, who, told):
    return desk.front.post(f"/v1/admin/proposals/{told.json['id']}/agreement", token=who.token)


def limit(told):
    assert (told.status, told.json["code"], told.json["params"]["kind"]) == (403, "SECOND_PERSON_NEEDED", "offer")
    return told.json["params"]["limit"]


def test_one_person_publishes_half_off_and_not_a_fen_more(desk):
    desk.published(terms=HALF)
    assert limit(desk.publish(desk.drafted(terms=MORE))) == "-50 %"


def test_a_budget_has_a_bound_too(desk):
    desk.published(limits={"budget_fen": 5_000_000})
    assert limit(desk.publish(desk.drafted(limits={"budget_fen": 5_000_001}))) == "5000000 fen"


def test_goods_that_are_named_are_measured_by_their_own_price(desk, shop):
    cut = {"lane": "price", "kind": "price", "scope": {"skus": [shop.red]}, "ends_at": None}
    assert limit(desk.publish(desk.drafted(**cut, terms={"price_fen": 4949}))) == "-50 %"
    desk.published(**cut, terms={"price_fen": 4950})


def test_what_two_agreed_on_is_published_as_it_was_proposed(desk, second):
    name = desk.drafted(terms=MORE)
    told = propose(desk, name)
    assert told.status == 201
    assert agree(desk, desk.who, told).json["code"] == "PROPOSAL_NEEDS_ANOTHER"
    assert offers.active().documents == ()
    assert agree(desk, second, told).status == 200
    (held,) = offers.active().documents
    assert (held["id"], held["version"], held["terms"]) == (name, 1, MORE)
    assert desk.show(name)["state"] == "published"


def test_what_was_edited_since_it_was_proposed_is_not_published(desk, second):
    name = desk.drafted(terms=MORE)
    told = propose(desk, name)
    desk.edit(name, 1, terms={"by": "fen", "tiers": [{"at": 20_000, "off_fen": 19_000}]})
    assert agree(desk, second, told).json["code"] == "STALE_PROPOSAL"
    other = propose(desk, name, key="again")
    assert agree(desk, second, other).json["code"] == "STALE_VERSION"
    assert offers.active().documents == ()


def test_what_is_unlawful_two_people_do_not_make_lawful(desk, second, shop):
    cut = {"lane": "price", "kind": "price", "scope": {"skus": [shop.red]}, "terms": {"price_fen": 9900}}
    told = propose(desk, desk.drafted(**cut))
    assert agree(desk, second, told).json["code"] == "PRICE_NOT_LOWER"


def test_only_who_sets_up_offers_proposes_one_that_there_is(front, desk, second):
    assert propose(desk, "F01JZ0000000000000000000000").json["code"] == "OFFER_NOT_FOUND"
    body = {"kind": "offer", "about": "F1", "after": {"price": 1}, "reason": "anniversary"}
    told = front.post("/v1/admin/proposals", body, token=desk.who.token, key="x")
    assert (told.json["code"], told.json["params"]["at"]) == ("PROPOSAL_UNFIT", "price, version")
