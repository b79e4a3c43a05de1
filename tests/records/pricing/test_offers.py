"""What an operator sends is read, or refused with the field that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing import service
from chalicelib.records.pricing.rules.freight import FreightTemplate
from chalicelib.records.pricing.rules.goods import Scope
from chalicelib.records.pricing.rules.kinds import KINDS
from chalicelib.records.pricing.rules.kinds.percent import PercentTerms
from chalicelib.records.pricing.rules.offers import (
    LANES,
    Audience,
    Needs,
    Offer,
    OfferInvalid,
    OfferLimits,
    Offers,
    compiled,
    parse,
    places_of,
)
from chalicelib.records.pricing.rules.reading import Reader
from tests.records.pricing.shelf import basket, document, offer

WHOLE = {
    "id": "F1", "version": 3, "name": {"zh": "九折", "en": "A tenth off"}, "lane": "shop", "kind": "percent",
    "terms": {"pay_bp": 9000, "cap_fen": 500},
    "scope": {"categories": ["C1"], "products": ["P1"], "skus": ["S1"],
              "not": {"categories": ["C2"], "products": ["P2"], "skus": ["S2"]}},
    "starts_at": "2026-11-28T00:00:00+08:00", "ends_at": "2026-11-28T00:00:00.250Z", "priority": 7, "stacks": True,
    "exclusive": True, "excludes_discounted": True, "with_coupons": False,
    "needs": {"basket_has": {"skus": ["S3"]}, "nth_order": 2},
    "audience": {"levels": ["gold"], "segments": ["near"], "channels": ["app"], "new_customers": True}, "pick": "dearest",
    "limits": {"per_order": 1, "per_person": 2, "per_day": 3, "total": 4, "budget_fen": 5}, "refund_policy": "return_if_all",
}  # fmt: skip
PLAIN = {"name": {"zh": "减", "en": "Off"}, "lane": "shop", "kind": "amount", "terms": {"off_fen": 1}}


def names(*found: str) -> frozenset[str]:
    return frozenset(found)


def test_every_field_is_read_as_what_it_is():
    assert parse(WHOLE) == Offer(
        "F1",
        3,
        "九折",
        "A tenth off",
        "shop",
        "percent",
        PercentTerms(9000, 500),
        Scope(False, names("C1"), names("P1"), names("S1"), names("C2"), names("P2"), names("S2")),
        1_795_795_200_000,
        1_795_824_000_250,
        7,
        True,
        True,
        True,
        False,
        Needs(Scope(False, skus=names("S3")), 2),
        Audience(names("gold"), names("near"), names("app"), True),
        "dearest",
        OfferLimits(1, 2, 3, 4, 5),
        "return_if_all",
    )


def test_what_is_left_out_or_null_is_as_usual():
    bare = parse(PLAIN)
    fields = ("scope", "starts_at", "ends_at", "needs", "audience", "limits", "priority", "id", "version")
    assert bare == parse(PLAIN | dict.fromkeys(fields))
    assert (bare.id, bare.version, bare.scope, bare.with_coupons, bare.pick, bare.policy) == (
        "",
        0,
        Scope(),
        True,
        "cart",
        "prorate",
    )
    assert (bare.starts, bare.ends, bare.priority, bare.stacks, bare.exclusive) == (None, None, 0, False, False)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_reads_its_own_example_in_each_of_its_lanes_and_nothing_else(kind):
    known = KINDS[kind]
    assert known.name == kind
    assert known.lanes
    assert known.lanes <= set(LANES)
    for lane in known.lanes:
        if kind == "percent" or lane not in ("activity", "price"):
            assert parse(document(kind, lane, **known.example)).kind == kind
    lane = sorted(known.lanes)[-1]
    with pytest.raises(OfferInvalid) as refused:
        parse(document(kind, lane, **known.example, colour="red"))
    assert refused.value.params == {"at": "terms.colour", "problem": "unknown"}
    with pytest.raises(OfferInvalid) as refused:
        parse(
            document(kind, next(lane for lane in LANES if lane not in known.lanes and lane != "points"))
            | {"terms": known.example}
        )
    assert refused.value.params == {"at": "lane", "problem": "lane"}


NO = {"lane": "freight", "kind": "freight_free", "terms": {}}


@pytest.mark.parametrize(
    "fields",
    [
        {"terms": {"off_fen": 10_000_000_000}},
        {"priority": 1000},
        {"priority": -1000},
        {"kind": "percent", "lane": "shop", "terms": {"pay_bp": 0}},
        {"kind": "percent", "lane": "shop", "terms": {"pay_bp": 9_999}},
    ],
)
def test_a_bound_itself_is_within_it(fields):
    assert parse({**PLAIN, **fields}).kind == fields.get("kind", "amount")


def test_an_instant_is_a_whole_number_of_milliseconds():
    read = parse({**PLAIN, "starts_at": "2026-11-28T00:00:00.250Z"}).starts
    assert (read, type(read)) == (1_795_824_000_250, int)


GROUP = {"scope": {"skus": ["A"]}}


def of(kind: str, lane: str = "shop", **terms: Any) -> dict[str, Any]:
    return {"kind": kind, "lane": lane, "terms": terms}


@pytest.mark.parametrize(
    ("fields", "at", "problem"),
    [
        ({"name": None}, "name.zh", "missing"),
        ({"name": {"zh": "减"}}, "name.en", "missing"),
        ({"name": {"zh": " ", "en": "x"}}, "name.zh", "text"),
        ({"name": "减"}, "name", "object"),
        ({"lane": None}, "lane", "missing"),
        ({"lane": "points"}, "lane", "choice"),
        ({"lane": 1}, "lane", "choice"),
        ({"kind": "free"}, "kind", "choice"),
        ({"kind": None}, "kind", "missing"),
        ({"terms": {}}, "terms.off_fen", "missing"),
        ({"terms": {"off_fen": 0}}, "terms.off_fen", "too_small"),
        ({"terms": {"off_fen": 10_000_000_001}}, "terms.off_fen", "too_large"),
        ({"terms": {"off_fen": "5"}}, "terms.off_fen", "whole_number"),
        ({"terms": {"off_fen": True}}, "terms.off_fen", "whole_number"),
        ({"terms": {"off_fen": 1.5}}, "terms.off_fen", "whole_number"),
        ({"terms": []}, "terms", "object"),
        ({"colour": "red"}, "colour", "unknown"),
        ({"scope": {"colours": ["red"]}}, "scope.colours", "unknown"),
        ({"scope": {"not": {"brands": []}}}, "scope.not.brands", "unknown"),
        ({"scope": {"skus": "S1"}}, "scope.skus", "list"),
        ({"scope": {"skus": [1]}}, "scope.skus", "text"),
        ({"scope": {"all": False}}, "scope", "no_goods"),
        ({"scope": {"skus": [], "categories": []}}, "scope", "no_goods"),
        ({"needs": {"basket_has": {"all": False}}}, "needs.basket_has", "no_goods"),
        ({"scope": {"all": "yes"}}, "scope.all", "true_or_false"),
        ({"starts_at": "tomorrow"}, "starts_at", "instant"),
        ({"starts_at": "2026-11-28T00:00:00"}, "starts_at", "instant"),
        ({"starts_at": True}, "starts_at", "instant"),
        ({"starts_at": 5, "ends_at": 5}, "ends_at", "order"),
        ({"priority": 1001}, "priority", "too_large"),
        ({"priority": -1001}, "priority", "too_small"),
        ({"stacks": 1}, "stacks", "true_or_false"),
        ({"pick": "best"}, "pick", "choice"),
        ({"refund_policy": "none"}, "refund_policy", "choice"),
        ({"needs": {"nth_order": 0}}, "needs.nth_order", "too_small"),
        ({"needs": {"weather": "fine"}}, "needs.weather", "unknown"),
        ({"audience": {"ages": []}}, "audience.ages", "unknown"),
        ({"limits": {"per_person": 0}}, "limits.per_person", "too_small"),
        ({"limits": {"per_year": 1}}, "limits.per_year", "unknown"),
        (of("percent", pay_bp=10_000), "terms.pay_bp", "too_large"),
        (of("percent", pay_bp=-1), "terms.pay_bp", "too_small"),
        (of("percent", "price", pay_bp=9000, min_fen=5), "terms.min_fen", "unknown"),
        (of("piece_amount", off_fen=5, per="box"), "terms.per", "choice"),
        (of("threshold", by="weight", tiers=[{"at": 1, "off_fen": 1}]), "terms.by", "choice"),
        (of("threshold", by="fen", tiers=[]), "terms.tiers", "list"),
        (of("threshold", by="fen", tiers=[{"off_fen": 1}]), "terms.tiers[0].at", "missing"),
        (of("threshold", by="fen", tiers=[{"at": 1}]), "terms.tiers[0].off_fen", "nothing"),
        (of("threshold", by="fen", tiers=[{"at": 1, "off_fen": 1, "pay_bp": 1}]), "terms.tiers[0].pay_bp", "one_of"),
        (of("threshold", by="fen", tiers=[{"at": 2, "off_fen": 1}, {"at": 2, "off_fen": 2}]), "terms.tiers", "order"),
        (of("threshold", by="fen", tiers=[{"at": 2, "off_fen": 1}, {"at": 1, "off_fen": 2}]), "terms.tiers", "order"),
        (of("threshold", by="fen", repeat=True, tiers=[{"at": 1, "points": 1}, {"at": 2, "points": 2}]),
         "terms.repeat", "one_of"),
        (of("threshold", by="fen", repeat=True, tiers=[{"at": 1, "off_fen": 1}], base={"off_fen": 1}), "terms.base", "one_of"),
        (of("threshold", by="fen", tiers=[{"at": 1, "gift": {"sku": "G", "colour": 1}}]),
         "terms.tiers[0].gift.colour", "unknown"),
        (of("second_half", nth=1, pay_bp=5000), "terms.nth", "too_small"),
        (of("second_half", nth=2, pay_bp=5000, same="shape"), "terms.same", "choice"),
        (of("cheapest_free", of=2, free=2), "terms.free", "too_large"),
        (of("choose", pieces=1, price_fen=5), "terms.pieces", "too_small"),
        (of("groups", parts=[], off_fen=1), "terms.parts", "list"),
        (of("groups", parts=[GROUP]), "terms.off_fen", "one_of"),
        (of("groups", parts=[GROUP], off_fen=1, price_fen=1), "terms.off_fen", "one_of"),
        (of("groups", parts=[GROUP | {"colour": 1}], off_fen=1), "terms.parts[0].colour", "unknown"),
        (of("groups", parts=["A"], off_fen=1), "terms.parts[0]", "object"),
        (of("gift", sku="G", out="cry"), "terms.out", "choice"),
        (of("gift", sku="G", out="substitute"), "terms.substitute", "missing"),
        (of("gift", sku="G", substitute="H"), "terms.substitute", "unknown"),
        (of("add_on", sku="G"), "terms.price_fen", "missing"),
        (of("freight_price", "freight", price_fen=0), "terms.price_fen", "too_small"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_where_it_stands(fields, at, problem):
    with pytest.raises(OfferInvalid) as refused:
        parse(PLAIN | fields)
    assert refused.value.params == {"at": at, "problem": problem}
    assert problem in OfferInvalid.spoken
    assert OfferInvalid.spoken[problem] in refused.value.message("zh")
    assert OfferInvalid.spoken_en[problem] in refused.value.message("en")


def test_what_is_no_object_is_no_offer():
    for document_ in (None, [], "offer", 5):
        with pytest.raises(OfferInvalid) as refused:
            parse(document_)
        assert refused.value.params == {"at": "document", "problem": "object"}


@pytest.mark.parametrize(
    ("scope", "places"),
    [
        ({}, {0, 1, 2}),
        ({"all": True}, {0, 1, 2}),
        ({"all": True, "skus": []}, {0, 1, 2}),
        ({"not": {}}, {0, 1, 2}),
        ({"skus": ["A1"]}, {0}),
        ({"products": ["P-B1"]}, {1}),
        ({"categories": ["C-A"]}, {0, 2}),
        ({"skus": ["B1"], "categories": ["C-A"]}, {0, 1, 2}),
        ({"not": {"skus": ["A1"]}}, {1, 2}),
        ({"categories": ["C-A"], "not": {"products": ["P-A2"]}}, {0}),
        ({"not": {"categories": ["C-A"]}}, {1}),
        ({"skus": ["Z"]}, set()),
    ],
)  # fmt: skip
def test_the_index_finds_what_a_scope_covers(scope, places):
    items = basket("A1@1 B1@1 A2@1")
    one = offer("amount", "shop", off_fen=1, top={"scope": scope})
    assert places_of(one, items) == places
    assert {at for at, item in enumerate(items) if one.scope.covers(item)} == places


def test_an_offer_is_found_for_the_goods_that_it_gives_too():
    one = offer("buy_get", "shop", "A1", buy=1, get=1, get_scope={"skus": ["B1"]})
    assert places_of(one, basket("A1@1 B1@1 A2@1")) == {0, 1}


def test_offers_stand_by_priority_then_by_name_whatever_the_order():
    documents = [
        document("amount", "shop", off_fen=1, top={"id": name, "priority": n})
        for name, n in (("b", 0), ("c", 5), ("a", 0))
    ]
    assert [one.id for one in compiled(documents).all] == ["c", "a", "b"]
    assert compiled(reversed(documents)).all == compiled(documents).all


def test_what_offers_may_give_or_add_is_known_before():
    tiers = {
        "by": "fen",
        "tiers": [{"at": 1, "gift": {"sku": "T", "out": "substitute", "substitute": "U"}}, {"at": 2, "points": 1}],
    }
    found = Offers(
        [
            offer("gift", "shop", sku="G"),
            offer("threshold", "shop", **tiers),
            offer("add_on", "shop", sku="X", price_fen=1),
            offer("amount", "shop", off_fen=1),
        ]
    )
    assert found.brought([("A", "P-A")]) == {"G", "T", "U", "X"}
    assert found.brought([]) == frozenset()
    named = Offers(
        [
            offer("gift", "shop", "A", sku="G"),
            offer("gift", "shop", sku="H", top={"scope": {"products": ["P-B"]}}),
            offer("gift", "shop", sku="I", top={"scope": {"categories": ["C-Z"]}}),
            offer("gift", "shop", sku="J", top={"scope": {"all": True, "not": {"skus": ["A"]}}}),
        ]
    )
    assert named.brought([("A", "P-A")]) == {"G", "I", "J"}
    assert named.brought([("B", "P-B")]) == {"H", "I", "J"}


def test_the_readers_path_starts_at_the_document():
    assert (Reader({}).where("name"), Reader({}, "terms").where("sku")) == ("name", "terms.sku")


def test_the_tariff_comes_from_the_settings(monkeypatch):
    assert service.freight_template() == FreightTemplate(Fen(800), free_from=Fen(9_900))
    monkeypatch.setenv("FREIGHT_FEN", "1200")
    monkeypatch.setenv("FREIGHT_FREE_FROM_FEN", "20000")
    assert service.freight_template() == FreightTemplate(Fen(1_200), free_from=Fen(20_000))


@pytest.mark.parametrize(
    ("template", "goods", "pieces", "measure", "fee"),
    [
        (FreightTemplate(Fen(800)), 0, 1, 1, 800),
        (FreightTemplate(Fen(800)), 0, 99, 99, 800),
        (FreightTemplate(Fen(800)), 0, 0, 0, 0),
        (FreightTemplate(Fen(800), free_from=Fen(100)), 100, 1, 1, 0),
        (FreightTemplate(Fen(800), free_from=Fen(100)), 99, 1, 1, 800),
        (FreightTemplate(Fen(800), free_pieces=3), 0, 3, 3, 0),
        (FreightTemplate(Fen(800), free_pieces=3), 0, 2, 2, 800),
        (FreightTemplate(Fen(10), 2, 0, Fen(5)), 0, 9, 9, 10),
        (FreightTemplate(Fen(10), 2, 3, Fen(5)), 0, 2, 2, 10),
        (FreightTemplate(Fen(10), 2, 3, Fen(5)), 0, 3, 3, 15),
        (FreightTemplate(Fen(10), 2, 3, Fen(5)), 0, 5, 5, 15),
        (FreightTemplate(Fen(10), 2, 3, Fen(5)), 0, 6, 6, 20),
    ],
)  # fmt: skip
def test_freight_begins_a_step_with_its_first_piece(template, goods, pieces, measure, fee):
    assert template.fee(goods, pieces, measure) == fee
