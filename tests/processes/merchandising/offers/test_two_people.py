"""What one person may not publish alone: proposed by one, agreed to by another, and then exactly what was proposed."""

from __future__ import annotations

import pytest

from chalicelib.processes.merchandising.offers import rules
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


DEPTHS = {
    "percent": [({"pay_bp": 9000}, 1000), ({"pay_bp": 0}, 10_000)],
    "piece_percent": [({"pay_bp": 7000, "max_pieces": 2}, 3000)],
    "group_percent": [({"pieces": 3, "pay_bp": 8000}, 2000)],
    "amount": [({"off_fen": 1, "min_fen": 3}, 3334), ({"off_fen": 500}, 10_000), ({"off_fen": 500, "min_pieces": 9}, 10_000)],
    "threshold": [
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 10}, {"at": 200, "off_fen": 50}]}, 2500),
        ({"by": "fen", "tiers": [{"at": 100, "pay_bp": 8500}]}, 1500),
        ({"by": "pieces", "tiers": [{"at": 2, "pay_bp": 7000}]}, 3000),
        ({"by": "pieces", "tiers": [{"at": 2, "off_fen": 1}]}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 1}], "base": {"off_fen": 1}}, 10_000),
        ({"by": "fen", "tiers": [{"at": 100, "free_freight": True}]}, 0),
        ({"by": "fen", "tiers": [{"at": 100, "gift": {"sku": "G", "pieces": 2}}]}, 2000),
        ({"by": "fen", "tiers": [{"at": 100, "off_fen": 10, "gift": {"sku": "G", "pieces": 2}}]}, 3000),
        ({"by": "pieces", "tiers": [{"at": 9, "gift": {"sku": "G", "pieces": 1}}]}, 10_000),
        ({"by": "fen", "tiers": [{"at": 9, "points": 1}], "base": {"gift": {"sku": "G", "pieces": 1}}}, 10_000),
    ],
    "second_half": [({"nth": 2, "pay_bp": 5000}, 2500), ({"nth": 3, "pay_bp": 0}, 3334)],
    "cheapest_free": [({"of": 3, "free": 1}, 3334), ({"of": 2}, 5000)],
    "buy_get": [({"buy": 2, "get": 1}, 3334), ({"buy": 1, "get": 1, "pay_bp": 5000}, 2500)],
    "groups": [({"parts": [], "pay_bp": 8000}, 2000), ({"parts": [], "price_fen": 1}, 10_000)],
    "gift": [
        ({"sku": "G", "pieces": 1, "min_fen": 100}, 1000), ({"sku": "G", "pieces": 1, "min_pieces": 1}, 10_000),
        ({"sku": "G", "substitute": "H", "pieces": 1, "min_fen": 100}, 2000), ({"sku": "G", "pieces": 1}, 10_000),
    ],
    "add_on": [
        ({"sku": "H", "price_fen": 5, "min_fen": 100}, 1500),
        ({"sku": "H", "price_fen": 5, "max_pieces": 2, "min_fen": 100}, 3000),
        ({"sku": "G", "price_fen": 5}, 10_000), ({"sku": "G", "price_fen": 50, "min_fen": 100}, 0),
    ],
    "freight_free": [({}, 0)],
    "choose": [({"pieces": 3, "price_fen": 9900}, 10_000)], "line_amount": [({"off_fen": 1}, 10_000)],
}  # fmt: skip


@pytest.mark.parametrize("kind", DEPTHS)
def test_how_much_an_offer_may_take_off_follows_from_its_terms(kind):
    assert [rules.deepest(kind, terms, {"G": 10, "H": 20}) for terms, _ in DEPTHS[kind]] == [
        depth for _, depth in DEPTHS[kind]
    ]
