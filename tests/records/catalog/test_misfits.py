"""A category that asks for something else: its products go on, and what no longer fits is told."""

from __future__ import annotations

import pytest

from chalicelib.records.catalog import service
from chalicelib.records.catalog.rules import AttributesWrong, OptionsWrong, Text
from chalicelib.records.catalog.service import categories, editing
from chalicelib.records.catalog.service.categories import Named
from tests.records.catalog.goods import (
    COLOUR,
    FABRIC,
    SEASON,
    add_sku,
    article,
    category,
    done,
    edit,
    edit_sku,
    listing,
    move,
    product,
    work,
)
from tests.support import people


def ask_for(shelf: str, *schema) -> None:
    made = work()
    categories.edit_category(shelf, int(categories.find(shelf).version), Named(Text(shelf, shelf), 0, schema), made)
    made.commit()


def test_what_no_longer_fits_its_category_is_still_priced_stopped_withdrawn_and_shelved_again(shirts, calls):
    made = product(shirts)
    sku = f"{made.id}01"
    ask_for(shirts, FABRIC, SEASON._replace(required=True))
    calls.clear()
    made = edit_sku(sku, made.version, article(price=10_000))
    assert calls == ["Query", "TransactWriteItems"], "the tree is not even looked at"
    for reason in ("recall", None):
        stopping = work()
        made = done(editing.stop_sale(sku, reason, stopping), stopping)
    made = add_sku(made, article("blue"))
    for action in ("withdraw", "publish", "withdraw", "archive"):
        made = move(made, action)
    found = service.find_product(made.id)
    assert (found.product.status, [spec.key for spec in found.specs]) == ("archived", ["fabric"])
    assert [int(sku.price) for sku in found.skus] == [10_000, 9900]


def test_its_words_may_be_mended_while_its_attributes_are_let_be_and_those_are_checked_when_they_are_said_anew(shirts):
    tees = category("tees", shirts)
    made = product(shirts)
    ask_for(shirts, SEASON._replace(required=True))
    made = edit(made, listing(shirts, title=Text("新", "new")))
    assert [spec.key for spec in service.find_product(made.id).specs] == ["fabric"], "its spec table stays as it was"
    for wrong in (
        listing(shirts, attributes={"fabric": {"zh": "麻", "en": "linen"}}), listing(tees), listing(shirts, attributes={}),
    ):  # fmt: skip
        with pytest.raises(AttributesWrong):
            edit(made, wrong)
    made = edit(made, listing(shirts, attributes={"season": "summer"}))
    assert [spec.key for spec in service.find_product(made.id).specs] == ["season"]


def test_the_spec_table_follows_the_categorys_words_with_the_next_edit(shirts):
    made = product(shirts)
    ask_for(shirts, FABRIC._replace(words=Text("材质", "Material")))
    made = edit_sku(f"{made.id}01", made.version, article(price=9800))
    assert [spec.name.en for spec in service.find_product(made.id).specs] == ["Fabric"]
    edit(made, listing(shirts, title=Text("新", "new")))
    assert [spec.name.en for spec in service.find_product(made.id).specs] == ["Material"]


def test_axes_are_checked_when_the_words_are_edited_that_no_longer_fit(shirts):
    made = product(shirts)
    ask_for(shirts, SEASON._replace(required=True))
    with pytest.raises(OptionsWrong):
        edit(made, listing(shirts, axes=(COLOUR, COLOUR)))


def misfits(status: str = "on", shelf: str = "", limit: int = 20) -> list[tuple[str, tuple[str, ...]]]:
    """All of them, page by page; the pages in between may be short."""
    found, cursor = [], None
    while True:
        page, cursor = service.misfits(status, shelf, limit, cursor)
        assert len(page) <= limit
        found += [(misfit.product.id, misfit.problems) for misfit in page]
        if cursor is None:
            return found


def test_what_no_longer_fits_is_found_in_its_status_and_category_newest_first(shirts):
    tees, bags = category("tees", shirts), category("bags")
    shirt, tee = product(shirts, article(code="1")), product(tees, article(code="2"))
    bag = product(bags, article(code="3"), attributes={})
    draft = product(tees, article(code="4"), publish=False)
    assert misfits() == misfits("draft") == []
    ask_for(shirts, FABRIC, SEASON._replace(required=True))
    missing = ("season: missing",)
    assert misfits() == misfits(shelf=shirts) == [(tee.id, missing), (shirt.id, missing)]
    assert misfits(shelf=tees) == [(tee.id, missing)]
    assert misfits("draft") == [(draft.id, missing)]
    assert misfits("off") == misfits(shelf=bags) == []
    ask_for(bags, SEASON)
    assert bag.id not in dict(misfits())
    move(tee, "withdraw")
    assert misfits("off") == [(tee.id, missing)]
    edit(shirt, listing(shirts, attributes={"fabric": {"zh": "棉", "en": "cotton"}, "season": "summer"}))
    assert misfits() == []


def test_misfits_come_in_pages_however_rare_they_are(shirts):
    made = [product(shirts, article(code=str(n))) for n in range(12)]
    ask_for(shirts, FABRIC, SEASON._replace(required=True))
    wrong = [made[n] for n in (-1, -3, -4, 0)]
    for outcome in made:
        if outcome in wrong:
            continue
        edit(outcome, listing(shirts, attributes={"fabric": {"zh": "棉", "en": "cotton"}, "season": "summer"}))
    for limit in (1, 2, 5, 20):
        assert [found for found, _ in misfits(limit=limit)] == [outcome.id for outcome in wrong]
    cursor = None
    for few in (1, 1, 1, 0):
        page, cursor = service.misfits("on", "", 1, cursor)
        assert (len(page), cursor is not None) == (few, True), "so many looked at, and none found"


def test_an_operator_is_told_what_no_longer_fits(front, shirts):
    token, made = people.member(front, "operator").token, product(shirts)
    ask_for(shirts, FABRIC, SEASON._replace(required=True))
    ask = lambda query, who=token: front.get(f"/v1/admin/product-misfits{query}", token=who)
    for query in ("", "?status=on", f"?category={shirts}"):
        told = ask(query)
        assert told.status == 200
        (line,) = told.json["items"]
        assert (line["id"], line["problems"], line["unlisted"]) == (made.id, ["season: missing"], None)
    assert ask("?status=draft").json == {"items": [], "next": None}
    unknown = ask("?category=G01JZ0000000000000000000000")
    assert (unknown.status, unknown.json["code"]) == (404, "CATEGORY_NOT_FOUND")
    assert ask("", people.register(front).token).status == 403
