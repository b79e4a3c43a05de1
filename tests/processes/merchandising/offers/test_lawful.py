"""A struck-through price is what the law says it is, and what breaks that is refused with the figures (E12, S67)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.records.catalog.service import editing
from chalicelib.records.promotions.offers import service as offers
from tests.processes.merchandising.offers.staff import Staff
from tests.records.catalog.goods import article, done, work
from tests.support.shelf import shirts, shop
from tests.support.world import START

__all__ = ["shirts", "shop"]
DAY = timedelta(days=1)


@pytest.fixture
def staff(front):
    return Staff(front)


def price(sku, fen):
    made = work()
    done(editing.set_price(sku, fen, made), made)


def cut(sku, terms=None, *, starts="2026-06-01T02:00:00Z", ends=None, **more):
    """A time-limited price of one SKU: 9折 unless terms say otherwise."""
    said = {"kind": "percent", "terms": {"pay_bp": 9000}} if terms is None else terms
    return {"lane": "price", **said, "scope": {"skus": [sku]}, "starts_at": starts, "ends_at": ends, **more}


def fixed(fen):
    return {"kind": "price", "terms": {"price_fen": fen}}


def passes(staff, clock, time):
    clock.advance(time)
    staff.again()


def references():
    return {sku: fen for prices in offers.active().references.values() for sku, fen in prices.items()}


def refused(staff, document):
    return told_of(staff.publish(staff.drafted(**document)))


def told_of(told):
    assert told.status == 422, told.text
    params = told.json["params"]
    if "sku" in params:
        assert params["title_zh"] in told.json["title"], "a person reads what it is about"
    return told.json["code"], {name: value for name, value in params.items() if not name.startswith("title_")}


def iso(at):
    return at.isoformat()


# ---- the base -------------------------------------------------------------------------------------------------------
def test_the_former_price_is_what_it_cost_before(staff, shop):
    staff.published(**cut(shop.red))
    assert references() == {shop.red: 9900}


def test_a_price_that_was_raised_to_be_lowered_is_no_lower(staff, shop, engine):
    passes(staff, engine, 3 * DAY)
    price(shop.red, 15_000)
    passes(staff, engine, DAY)
    document = cut(shop.red, fixed(9900), starts=iso(engine.now()))
    assert refused(staff, document) == (
        "PRICE_NOT_LOWER",
        {"at": "terms", "sku": shop.red, "price": 9900, "lowest": 9900},
    )
    staff.published(**cut(shop.red, fixed(9899), starts=iso(engine.now())))
    assert references() == {shop.red: 9900}


def test_a_price_below_a_floor_is_not_promised(staff, shop):
    made = work()
    done(editing.edit_sku(shop.red, shop.version, article(floor=6000), made), made)
    assert refused(staff, cut(shop.red, fixed(5999))) == (
        "PRICE_BELOW_FLOOR",
        {"at": "terms.price_fen", "sku": shop.red, "price": 5999, "floor": 6000},
    )
    staff.published(**cut(shop.red, fixed(6000)))


def test_a_price_of_more_than_seven_days_ago_counts_no_more(staff, shop, engine):
    passes(staff, engine, DAY)
    price(shop.red, 15_000)
    passes(staff, engine, 7 * DAY - timedelta(milliseconds=1))
    assert refused(staff, cut(shop.red, fixed(9900), starts=iso(engine.now())))[0] == "PRICE_NOT_LOWER"
    passes(staff, engine, timedelta(milliseconds=1))
    staff.published(**cut(shop.red, fixed(9900), starts=iso(engine.now())))
    assert references() == {shop.red: 15_000}


def test_a_dip_within_the_seven_days_is_the_base(staff, shop, engine):
    passes(staff, engine, DAY)
    price(shop.red, 8000)
    passes(staff, engine, DAY)
    price(shop.red, 9900)
    passes(staff, engine, DAY)
    staff.published(**cut(shop.red, {"kind": "percent", "terms": {"pay_bp": 7000}}, starts=iso(engine.now())))
    assert references() == {shop.red: 8000}


def test_what_a_former_offer_made_of_a_price_is_part_of_it(staff, shop, engine):
    first = staff.published(**cut(shop.red, fixed(7000)))
    passes(staff, engine, DAY)
    staff.end(first)
    passes(staff, engine, DAY)
    assert refused(staff, cut(shop.red, starts=iso(engine.now()))) == (
        "PRICE_NOT_LOWER",
        {"at": "terms", "sku": shop.red, "price": 8910, "lowest": 7000},
    )
    passes(staff, engine, 6 * DAY - timedelta(milliseconds=1))
    assert refused(staff, cut(shop.red, starts=iso(engine.now())))[1]["lowest"] == 7000
    passes(staff, engine, timedelta(milliseconds=1))
    staff.published(**cut(shop.red, starts=iso(engine.now())))
    assert references() == {shop.red: 9900}


def test_an_offer_of_percents_counts_at_the_lowest_price_it_met(staff, shop, engine):
    first = staff.published(**cut(shop.red))
    passes(staff, engine, DAY)
    price(shop.red, 8000)
    passes(staff, engine, DAY)
    price(shop.red, 9900)
    staff.end(first)
    passes(staff, engine, DAY)
    assert refused(staff, cut(shop.red, fixed(7200), starts=iso(engine.now())))[1]["lowest"] == 7200


def test_an_offer_is_not_measured_by_itself(staff, shop, engine):
    name = staff.published(**cut(shop.red, fixed(7000)))
    passes(staff, engine, 2 * DAY)
    assert staff.edit(name, 1, **cut(shop.red, fixed(9000))).status == 200
    assert staff.publish(name, 2).status == 200
    assert references() == {shop.red: 9900}


def test_goods_that_join_a_running_offer_are_measured_by_the_days_before_they_join(staff, shop, engine):
    name = staff.published(**cut(shop.red))
    passes(staff, engine, DAY)
    price(shop.blue, 10_000)
    passes(staff, engine, DAY)
    price(shop.blue, 12_000)
    both = {**cut(shop.red), "scope": {"skus": [shop.red, shop.blue]}}
    staff.edit(name, 1, **both)
    assert told_of(staff.publish(name, 2))[1] == {"at": "terms", "sku": shop.blue, "price": 10_800, "lowest": 10_000}


# ---- the start ------------------------------------------------------------------------------------------------------
def test_the_base_is_fixed_at_the_start_and_until_then_nothing_is_struck_through(staff, shop, engine, bus):
    starts = START + 5 * DAY
    name = staff.published(**cut(shop.red, fixed(7000), starts=iso(starts)))
    assert references() == {}
    passes(staff, engine, DAY)
    price(shop.red, 8000)
    passes(staff, engine, DAY)
    price(shop.red, 9900)
    passes(staff, engine, 3 * DAY)
    bus.run(times=2)
    assert references() == {shop.red: 8000}
    passes(staff, engine, DAY)
    price(shop.red, 7500)
    passes(staff, engine, DAY)
    staff.edit(name, 1, **cut(shop.red, fixed(6900), starts=iso(starts)))
    assert staff.publish(name, 2).status == 200
    assert references() == {shop.red: 8000}, "a promotion that has begun keeps its base"


def test_goods_that_are_no_cheaper_by_the_start_are_not_struck_through(staff, shop, engine, bus):
    staff.published(**cut(shop.red, fixed(7000), starts=iso(START + DAY)))
    price(shop.red, 6500)
    passes(staff, engine, DAY)
    bus.run()
    assert references() == {}


def test_a_start_of_what_was_ended_or_edited_meanwhile_fixes_nothing(staff, shop, engine, bus):
    name = staff.published(**cut(shop.red, starts=iso(START + DAY)))
    staff.edit(name, 1, **cut(shop.red, starts=iso(START + 2 * DAY)))
    staff.publish(name, 2)
    ended = staff.published(**cut(shop.blue, starts=iso(START + DAY)))
    staff.end(ended)
    passes(staff, engine, DAY)
    bus.run()
    assert references() == {}
    passes(staff, engine, DAY)
    bus.run()
    assert references() == {shop.red: 9900}


# ---- a stated base --------------------------------------------------------------------------------------------------
def test_a_stated_base_is_the_list_price(staff, shop):
    staff.published(**cut(shop.blue, reference="list", starts="2026-06-02T02:00:00Z"))
    assert references() == {shop.blue: 15_000}
    assert refused(staff, cut(shop.red, reference="list")) == (
        "LIST_PRICE_MISSING",
        {"at": "reference", "sku": shop.red},
    )


def test_a_price_that_takes_off_nothing_is_refused_whatever_its_list_price(staff, shop):
    assert refused(staff, cut(shop.blue, fixed(15_000), reference="list")) == (
        "PRICE_NOT_LOWER",
        {"at": "terms", "sku": shop.blue, "price": 12_000, "lowest": 12_000},
    )


# ---- goods ----------------------------------------------------------------------------------------------------------
def test_a_price_is_for_the_goods_that_its_scope_covers_when_it_is_published(staff, shop, engine):
    for scope in ({"all": True}, {"products": [shop.id]}, {"categories": [shop.category]}):
        name = staff.published(**{**cut(shop.red), "scope": scope})
        assert offers.active().document(name)["scope"] == {"skus": [shop.red, shop.blue]}
        assert [deal.offer for deal in offers.deals(shop.blue)][-1] == name
        staff.kill(name)
        passes(staff, engine, 8 * DAY)


def test_what_a_scope_leaves_out_is_left_out(staff, shop):
    name = staff.published(**{**cut(shop.red), "scope": {"all": True, "not": {"skus": [shop.blue]}}})
    assert offers.active().document(name)["scope"] == {"skus": [shop.red]}


def test_a_price_of_nothing_and_of_too_much_is_refused(staff, shop, monkeypatch):
    from chalicelib.processes.merchandising.offers.service import goods

    nothing = {**cut(shop.red), "scope": {"skus": [shop.red], "not": {"products": [shop.id]}}}
    assert refused(staff, nothing) == ("OFFER_SCOPE_WRONG", {"at": "scope", "most": 80})
    monkeypatch.setattr(goods, "MOST_PRICED", 1)
    assert refused(staff, {**cut(shop.red), "scope": {"all": True}}) == (
        "OFFER_SCOPE_WRONG",
        {"at": "scope", "most": 1},
    )
    assert staff.publish(staff.drafted(**cut(shop.red))).status == 200


@pytest.mark.parametrize("scope", [{}, {"all": False}, {"not": {"skus": ["P01JZ000000000000000000000001"]}}])
def test_a_scope_that_names_nothing_is_not_everything(staff, scope):
    told = staff.draft(scope=scope)
    assert (told.status, told.json["code"], told.json["params"]["at"]) == (422, "OFFER_SCOPE_WRONG", "scope")
    needs = {"needs": {"basket_has": scope}}
    assert staff.draft(**needs).json["params"]["at"] == "needs.basket_has"


NOBODY = "P01JZ000000000000000000000001"


@pytest.mark.parametrize(
    ("said", "at", "name"),
    [
        ({"scope": {"skus": [NOBODY]}}, "scope.skus[0]", NOBODY),
        ({"scope": {"all": True, "not": {"products": [NOBODY[:-2]]}}}, "scope.not.products[0]", NOBODY[:-2]),
        ({"scope": {"categories": ["G01JZ0000000000000000000000"]}}, "scope.categories[0]", "G01JZ0000000000000000000000"),
        ({"needs": {"basket_has": {"skus": [NOBODY]}}}, "needs.basket_has.skus[0]", NOBODY),
        ({"kind": "gift", "terms": {"sku": NOBODY, "pieces": 1, "min_fen": 9900}}, "terms.sku", NOBODY),
        (
            {"terms": {"by": "fen", "tiers": [{"at": 1, "gift": {"sku": NOBODY, "pieces": 1}}]}},
            "terms.tiers[0].gift.sku",
            NOBODY,
        ),
        (
            {"terms": {"by": "fen", "tiers": [{"at": 1, "coupon": "K01JZ0000000000000000000000"}]}},
            "terms.tiers[0].coupon",
            "K01JZ0000000000000000000000",
        ),
        (
            {"kind": "groups", "terms": {"parts": [{"scope": {"skus": [NOBODY]}, "pieces": 1}] * 2, "off_fen": 1}},
            "terms.parts[0].scope.skus[0]",
            NOBODY,
        ),
    ],
)  # fmt: skip
def test_goods_that_there_are_not_are_refused_where_they_are_named(staff, shop, said, at, name):
    told = staff.draft(**said)
    assert (told.status, told.json["code"]) == (422, "OFFER_GOODS_UNKNOWN")
    assert told.json["params"] == {"at": at, "id": name}


def test_what_pricing_cannot_read_is_refused_where_it_is_wrong(staff):
    told = staff.draft(terms={"by": "fen", "tiers": [{"at": 20_000, "off_fen": -1}]})
    assert (told.status, told.json["code"]) == (422, "OFFER_INVALID")
    assert told.json["params"]["at"] == "terms.tiers[0].off_fen"
    assert staff.draft(ends_at="2026-06-01T02:00:00Z").json["params"]["at"] == "ends_at"
    name = staff.drafted()
    assert staff.edit(name, 1, kind="nonesuch").json["code"] == "OFFER_INVALID"


def test_what_a_refund_keeps_of_an_offer_hangs_on_one_threshold(staff):
    terms = {"off_fen": 1000, "min_fen": 5000, "min_pieces": 2}
    told = staff.draft(kind="amount", terms=terms, refund_policy="keep_if_threshold_still_met")
    assert (told.status, told.json["params"]) == (422, {"at": "terms.min_pieces", "problem": "two_thresholds"})
    assert staff.draft(kind="amount", terms=terms).status == 201


# ---- people and promises --------------------------------------------------------------------------------------------
def test_a_segment_opens_no_price_and_no_offer(staff, shop):
    for document in (cut(shop.red), {}):
        told = staff.draft(**{**document, "audience": {"segments": ["lapsed"]}})
        assert (told.status, told.json["code"], told.json["params"]) == (
            422,
            "SEGMENT_OPENS_NO_PRICE",
            {"at": "audience.segments"},
        )
    assert staff.draft(audience={"levels": ["gold"]}).status == 201


def test_what_was_promised_to_all_is_not_made_less(staff):
    name = staff.published(limits={"total": 100, "budget_fen": 10_000})
    for n, (limits, at, was) in enumerate(
        [({"total": 99, "budget_fen": 10_000}, "total", 100), ({"total": 100}, "budget_fen", 10_000)], start=1
    ):
        assert staff.edit(name, n, limits=limits).status == 200
        told = staff.publish(name, n + 1)
        assert (told.status, told.json["code"]) == (422, "LIMIT_ONLY_RISES")
        assert told.json["params"] == {"at": f"limits.{at}", "published": was}
    staff.edit(name, 3, limits={"total": 101, "budget_fen": 10_000, "per_person": 1})
    assert staff.publish(name, 4).status == 200
