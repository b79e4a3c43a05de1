"""Attributes fit the schema, options fit the axes, ids name their product."""

from __future__ import annotations

import pytest

from chalicelib.records.catalog import rules
from chalicelib.records.catalog.rules import (
    AttributesWrong,
    FloorTooHigh,
    IfMatchRequired,
    ListPriceTooLow,
    OptionsWrong,
    Spec,
    Text,
    TooManySkus,
)
from tests.records.catalog.goods import COLOUR, FABRIC, GRAMS, LINED, SEASON, SIZE

SCHEMA = (FABRIC, GRAMS, SEASON, LINED)
COTTON = {"zh": "棉", "en": "cotton"}
P = "P01JZ0000000000000000000000"


def test_the_spec_table_follows_the_schemas_order_and_words():
    found = rules.specs(SCHEMA, {"lined": False, "season": "winter", "grams": 180, "fabric": COTTON})
    assert found == (
        Spec("fabric", FABRIC.words, Text("棉", "cotton")),
        Spec("grams", GRAMS.words, Text("180 克/㎡", "180 g/m²")),
        Spec("season", SEASON.words, Text("冬季", "winter")),
        Spec("lined", LINED.words, Text("否", "no")),
    )
    assert rules.specs(SCHEMA, {"fabric": COTTON, "lined": True})[1].value == Text("是", "yes")


def test_what_is_not_asked_for_may_be_left_out():
    assert [spec.key for spec in rules.specs(SCHEMA, {"fabric": COTTON})] == ["fabric"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"fabric": "cotton"}, {"fabric": {"zh": "棉"}}, {"fabric": {"zh": "", "en": "x"}}, {"fabric": {"zh": 1, "en": "x"}},
        {"fabric": {"zh": "棉" * 201, "en": "x"}}, {"grams": "180"}, {"grams": True}, {"season": "autumn"}, {"season": None},
        {"lined": 1}, {"lined": "yes"},
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_refused_by_its_key(wrong):
    with pytest.raises(AttributesWrong) as refused:
        rules.specs(SCHEMA, {"fabric": COTTON, **wrong})
    assert refused.value.params["problems"].startswith(next(iter(wrong)))


def test_what_fits_is_read_beside_what_does_not():
    found, problems = rules.read_attributes(SCHEMA, {"fabric": COTTON, "grams": "180", "colour": "red"})
    assert [spec.key for spec in found] == ["fabric"]
    assert problems == ("colour: unknown", "grams: not a number")


@pytest.mark.parametrize(("shelf", "off", "stopped", "told"), [
    ("on", False, None, None), ("on", True, None, "withdrawn"), ("on", False, "recall", "recall"),
    ("on", True, "recall", "recall"), ("off", False, None, "withdrawn"), ("draft", False, None, "withdrawn"),
    ("archived", False, None, "withdrawn"), ("off", True, "recall", "recall"),
])  # fmt: skip
def test_a_sku_may_be_bought_on_the_shelf_unless_it_is_off_or_stopped(shelf, off, stopped, told):
    assert rules.stop_of(shelf=shelf, off=off, stopped=stopped) == told


@pytest.mark.parametrize(("status", "stops", "told"), [
    ("on", [None], None), ("on", ["withdrawn", None], None), ("on", ["recall", None], None), ("on", [], "no_skus"),
    ("on", ["withdrawn", "withdrawn"], "skus_off"), ("on", ["withdrawn", "recall"], "sale_stopped"),
    ("draft", ["withdrawn"], "draft"), ("off", [None], "off"), ("archived", [], "archived"),
])  # fmt: skip
def test_a_product_is_listed_while_one_of_its_skus_may_be_bought(status, stops, told):
    assert rules.unlisted(status, stops) == told


@pytest.mark.parametrize(
    ("price", "list_price", "fits"), [(100, None, True), (100, 100, True), (100, 101, True), (100, 99, False)]
)
def test_what_a_sku_is_said_to_have_cost_is_not_less_than_it_costs(price, list_price, fits):
    said = rules.SkuData("C", price, list_price=list_price)
    if fits:
        rules.check_prices(said)
        return
    with pytest.raises(ListPriceTooLow) as refused:
        rules.check_prices(said)
    assert refused.value.params == {"sku_code": "C", "list_price": list_price, "price": price}


@pytest.mark.parametrize(
    ("price", "floor", "fits"), [(100, None, True), (100, 100, True), (100, 0, True), (100, 101, False)]
)
def test_no_floor_is_above_the_price(price, floor, fits):
    said = rules.SkuData("C", price, floor=floor)
    if fits:
        rules.check_prices(said)
        return
    with pytest.raises(FloorTooHigh) as refused:
        rules.check_prices(said)
    assert refused.value.params == {"sku_code": "C", "floor": floor, "price": price}


def test_all_problems_are_told_at_once():
    with pytest.raises(AttributesWrong) as refused:
        rules.specs(SCHEMA, {"colour": "red", "grams": "x"})
    assert refused.value.params["problems"] == "colour: unknown; fabric: missing; grams: not a number"


EACH, NO_SUCH = "one value for each axis", "no such value"


def refused(act, *given) -> dict[str, str]:
    with pytest.raises(OptionsWrong) as told:
        act(*given)
    assert told.value.params["problem"] not in told.value.sentence("zh"), "it is said in Chinese"
    return dict(told.value.params)


@pytest.mark.parametrize(("options", "problem", "at"), [
    ({}, EACH, "colour, size"), ({"colour": "red"}, EACH, "colour, size"),
    ({"colour": "red", "size": "m", "cut": "slim"}, EACH, "colour, size"),
    ({"colour": "red", "size": "xl"}, NO_SUCH, "size: xl"),
])  # fmt: skip
def test_options_are_one_value_for_each_axis(options, problem, at):
    assert rules.option_words((COLOUR, SIZE), {"size": "m", "colour": "red"}) == (Text("红", "red"), Text("M", "M"))
    assert rules.option_words((), {}) == ()
    assert refused(rules.option_words, (COLOUR, SIZE), options) == {"problem": problem, "at": at}


def test_axes_and_values_are_told_apart():
    rules.check_axes((COLOUR, SIZE))
    assert refused(rules.check_axes, (COLOUR, SIZE, COLOUR)) == {"problem": "axes share a key", "at": "colour"}
    same = rules.Axis("colour", COLOUR.words, COLOUR.values[:1] * 2)
    assert refused(rules.check_axes, (SIZE, same)) == {"problem": "values share a key", "at": "colour: red"}


def test_no_two_skus_are_the_same_choice_and_there_are_forty_at_most():
    rules.check_matrix([{"n": str(n)} for n in range(40)])
    with pytest.raises(TooManySkus):
        rules.check_matrix([{"n": str(n)} for n in range(41)])
    problem = "SKUs have the same options"
    assert refused(rules.check_matrix, [{"a": "1", "b": "2"}, {"a": "2"}, {"b": "2", "a": "1"}]) == {
        "problem": problem,
        "at": "a: 1, b: 2",
    }
    assert refused(rules.check_matrix, [{}, {}]) == {"problem": problem, "at": ""}


def test_a_skus_title_says_what_was_chosen():
    title = Text("圆领衫", "Shirt")
    assert rules.sku_title(title, ()) == title
    assert rules.sku_title(title, (Text("红", "red"), Text("M", "M"))) == Text("圆领衫 红 / M", "Shirt, red / M")


def test_a_skus_id_is_its_products_and_two_digits():
    assert rules.sku_id(P, 7) == f"{P}07"
    assert rules.product_of(rules.sku_id(P, 99)) == P
    for number in (0, 100):
        with pytest.raises(ValueError, match="1…99"):
            rules.sku_id(P, number)


@pytest.mark.parametrize("text", ['"7"', "7", 'W/"7"', ' "7" '])
def test_the_version_that_was_seen_comes_in_if_match(text):
    assert rules.seen_version({"if-match": text}) == 7


@pytest.mark.parametrize(
    "headers", [{}, {"if-match": "*"}, {"if-match": '"a"'}, {"if-match": '"1", "2"'}, {"if-match": "-1"}]
)
def test_an_edit_that_has_seen_nothing_is_refused(headers):
    with pytest.raises(IfMatchRequired):
        rules.seen_version(headers)
