"""Products: every edit is one transaction under the version that was seen; what was ever sold can be read for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import instant
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.catalog import service
from chalicelib.records.catalog.model import TREE, Claim, ListEntry, Mark, Product
from chalicelib.records.catalog.rules import (
    MOST_CATEGORIES,
    AttributesWrong,
    CategoriesFull,
    CategoryInUse,
    CategoryNotFound,
    CategoryTooDeep,
    CodeTaken,
    NothingToSell,
    OptionsWrong,
    ProductNotFound,
    ProductStateConflict,
    ReturnPolicy,
    SkuNotFound,
    StaleVersion,
    Text,
    TooManyCategories,
    TooManySkus,
)
from chalicelib.records.catalog.service import categories, editing
from chalicelib.records.catalog.service.categories import Named
from chalicelib.runtime import table
from chalicelib.runtime.cursors import CursorInvalid
from chalicelib.runtime.table import put
from tests.records.catalog.goods import (
    COLOUR,
    FABRIC,
    GRAMS,
    SEASON,
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
from tests.support import aws


def reasons(refused: pytest.ExceptionInfo[CommitRejected]) -> list[type]:
    return [type(reason) for reason in refused.value.reasons]


def cards(place: str = "", order: str = "newest") -> list[str]:
    return [card.product for card in service.list_entries(place, order, 30, None)[0]]


# products


def test_a_new_product_is_a_draft_that_no_list_shows(shirts):
    made = product(shirts, article(), article("blue", "m"), publish=False)
    found = service.find_product(made.id)
    assert (found.product.status, found.product.version) == ("draft", 1)
    assert [sku.id for sku in found.skus] == [f"{made.id}01", f"{made.id}02"] == list(made.new)
    assert [(sku.title_zh, sku.title_en) for sku in found.skus] == [
        ("圆领衫 红 / S", "Crew-neck shirt, red / S"),
        ("圆领衫 蓝 / M", "Crew-neck shirt, blue / M"),
    ]
    assert not any(service.on_sale(sku) for sku in found.skus)
    assert cards() == cards(shirts) == []
    assert [row.id for row in service.by_status("draft", 10, None)[0]] == [made.id]


def test_on_the_shelf_it_stands_in_its_lists_and_off_it_in_none(shirts):
    made = product(shirts)
    assert made.stops == {f"{made.id}01": None}
    assert cards() == cards(shirts) == [made.id]
    off = move(made, "withdraw")
    assert off.stops == {f"{made.id}01": "withdrawn"}
    assert cards() == cards(shirts) == []
    assert not service.on_sale(service.find_product(made.id).skus[0])
    again = move(off, "publish")
    assert again.stops == {f"{made.id}01": None}
    assert (again.version, again.status) == (4, "on")


@pytest.mark.parametrize(("actions", "refused"), [
    (["withdraw"], "draft"), (["publish", "publish"], "on"), (["publish", "archive"], "on"), (["archive", "publish"], "archived"),
])  # fmt: skip
def test_a_product_moves_only_along_its_states(shirts, actions, refused):
    made = product(shirts, publish=False)
    for action in actions[:-1]:
        made = move(made, action)
    with pytest.raises(ProductStateConflict) as moved:
        move(made, actions[-1])
    assert moved.value.params == {"state": refused}


def test_nothing_to_sell_is_not_published(shirts):
    with pytest.raises(NothingToSell):
        product(shirts, article(on=False))


def test_an_archived_product_is_edited_no_more(shirts):
    made = move(product(shirts, publish=False), "archive")
    with pytest.raises(ProductStateConflict):
        edit(made, listing(shirts))


def test_unknown_products_and_skus_are_named_so(shirts):
    with pytest.raises(ProductNotFound):
        service.find_product("P01JZ0000000000000000000000")
    made = product(shirts)
    with pytest.raises(SkuNotFound):
        edit_sku(f"{made.id}09", made.version, article())


# edits


def test_an_edit_of_a_version_that_is_not_the_newest_is_refused(shirts):
    made = product(shirts)
    with pytest.raises(StaleVersion):
        edit_sku(f"{made.id}01", made.version - 1, article(price=9800))
    assert service.find_product(made.id).skus[0].price == 9900


def test_of_two_edits_at_once_one_is_made(shirts):
    made = product(shirts)
    first, second = work(), work()
    editing.edit_product(made.id, made.version, listing(shirts, title=Text("甲", "one")), first)
    editing.edit_product(made.id, made.version, listing(shirts, title=Text("乙", "two")), second)
    first.commit()
    with pytest.raises(CommitRejected) as refused:
        second.commit()
    assert set(reasons(refused)) == {StaleVersion}
    assert service.find_product(made.id).product.title_en == "one"


def test_a_new_title_reaches_skus_and_lists(shirts):
    made = edit(product(shirts), listing(shirts, title=Text("新名", "New name")))
    (sku,) = service.find_product(made.id).skus
    assert (sku.title_zh, sku.title_en, sku.version) == ("新名 红 / S", "New name, red / S", made.version)
    assert {card.title_en for card in aws.rows(ListEntry) if card.place.startswith("list#")} == {"New name"}


def test_axes_that_no_longer_fit_the_skus_are_refused(shirts):
    made = product(shirts)
    with pytest.raises(OptionsWrong):
        edit(made, listing(shirts, axes=(COLOUR,)))


def test_attributes_are_checked_against_the_category_and_all_above_it(shirts):
    tees = category("tees", shirts, GRAMS, SEASON._replace(required=True))
    with pytest.raises(AttributesWrong) as refused:
        product(tees, attributes={"grams": 1})
    assert refused.value.params["problems"] == "fabric: missing; season: missing"
    made = product(tees, attributes={"fabric": {"zh": "棉", "en": "cotton"}, "season": "summer"})
    assert [spec.key for spec in service.find_product(made.id).specs] == ["fabric", "season"]


def test_skus_are_added_and_their_numbers_never_return(shirts):
    made = product(shirts)
    adding = work()
    more = done(editing.add_skus(made.id, made.version, [article("blue"), article("blue", "m")], adding), adding)
    assert more.new == (f"{made.id}02", f"{made.id}03")
    assert more.stops == dict.fromkeys(more.new)
    assert service.find_product(made.id).product.last_sku == 3


def test_a_product_has_forty_skus_at_most(shirts):
    many = [article(code=f"C{n}") for n in range(41)]
    with pytest.raises(TooManySkus):
        product(shirts, *many)


# prices and versions


def test_what_was_never_priced_has_no_prices(shirts):
    made = product(shirts)
    for sku in (f"{made.id}02", "x", "P01JZ000000000000000000000001"):
        with pytest.raises(SkuNotFound):
            service.price_history(sku, 10, None)


def test_a_price_change_is_kept_with_who_when_from_and_to(shirts, engine):
    made = product(shirts, article(), article("blue"))
    sku = f"{made.id}01"
    made = edit_sku(sku, made.version, article(price=8800))
    edit_sku(sku, made.version, article(price=8800, weight=200))
    history, following = service.price_history(sku, 10, None)
    told = [(c.sku, c.before, c.after, c.actor) for c in history]
    assert told == [(sku, 9900, 8800, "A1"), (sku, None, 9900, "A1")]
    assert history[1].at < history[0].at == engine.now() - timedelta(milliseconds=1)
    assert following is None
    assert len(service.price_history(f"{made.id}02", 10, None)[0]) == 1


def test_what_was_ordered_reads_as_it_was_whatever_happens_later(shirts):
    made = product(shirts, article(), article("blue", picture="f" * 32))
    red, blue = f"{made.id}01", f"{made.id}02"
    old = {sku.id: int(sku.version) for sku in service.find_product(made.id).skus}
    made = edit_sku(red, made.version, article(price=9800))
    made = edit(made, listing(shirts, title=Text("新", "new"), policy=ReturnPolicy(0, 0, 12)))
    move(made, "withdraw")

    now = int(service.find_product(made.id).skus[0].version)
    found = service.snapshots([(red, old[red]), (blue, old[blue]), (red, now), (red, 999), (f"{made.id}09", 1)])
    assert set(found) == {(red, old[red]), (blue, old[blue]), (red, now)}
    was = found[red, old[red]]
    assert (was.title.en, was.price, was.policy, [w.en for w in was.options]) == (
        "Crew-neck shirt",
        9900,
        ReturnPolicy(),
        ["red", "s".upper()],
    )
    assert was.picture == "0" * 31 + "1"
    assert found[blue, old[blue]].picture == "f" * 32
    assert (found[red, now].title.en, found[red, now].price) == ("new", 9800)
    assert found[red, now].policy.warranty_months == 12


def test_a_sku_keeps_its_version_while_nothing_is_said_anew_of_it(shirts):
    made = product(shirts, article(), article("blue"))
    edit_sku(f"{made.id}01", made.version, article(price=9800))
    assert [int(sku.version) for sku in service.find_product(made.id).skus] == [3, 1]


def test_many_snapshots_are_one_read(shirts, calls):
    made = product(shirts, article(), article("blue"))
    calls.clear()
    service.snapshots([(f"{made.id}01", 1), (f"{made.id}02", 1), (f"{made.id}01", 1)])
    assert calls == ["BatchGetItem"]


# codes


@pytest.mark.parametrize("field", ["code", "barcode"])
def test_a_code_belongs_to_one_sku_in_the_shop(shirts, field):
    product(shirts, article(code="X", barcode="6901234567892"))
    other = {"code": "Y", "barcode": "6901234567809", field: "X" if field == "code" else "6901234567892"}
    with pytest.raises(CommitRejected) as refused:
        product(shirts, article(**other))
    assert reasons(refused) == [CodeTaken]
    assert refused.value.reasons[0].params == {"taken": other[field]}


def test_two_skus_of_one_product_may_not_share_a_code(shirts):
    with pytest.raises(CodeTaken):
        product(shirts, article(code="X"), article("blue", code="X"))


def test_a_code_given_up_is_free_again_and_two_may_be_swapped(shirts):
    made = product(shirts, article(code="X"), article("blue", code="Y"))
    made = edit_sku(f"{made.id}01", made.version, article(code="Z"))
    made = edit_sku(f"{made.id}02", made.version, article("blue", code="X"))
    held = {row.code: row.sku for row in aws.rows(Claim) if row.code.startswith("code#")}
    assert held == {"code#Z": f"{made.id}01", "code#X": f"{made.id}02"}


# lists


def test_lists_are_of_a_category_with_all_below_it(shirts):
    tees = category("tees", shirts)
    shoes = category("shoes")
    tee = product(tees, article(code="1"))
    shoe = product(shoes, article(code="2"), more_categories=(tees,), attributes={})
    assert cards(tees) == cards(shirts) == [shoe.id, tee.id]
    assert cards(shoes) == [shoe.id]
    assert cards() == [shoe.id, tee.id]
    edit(shoe, listing(shoes, attributes={}))
    assert cards(tees) == cards(shirts) == [tee.id]


def test_lists_go_by_age_or_by_the_lowest_price_that_can_be_bought(shirts):
    dear = product(shirts, article(code="1", price=500), article("blue", code="2", price=900))
    cheap = product(shirts, article(code="3", price=100, on=False), article("blue", code="4", price=600))
    mid = product(shirts, article(code="5", price=550))
    assert cards(shirts) == [mid.id, cheap.id, dear.id]
    assert cards(shirts, "price") == [dear.id, mid.id, cheap.id]
    assert cards(shirts, "price_down") == [cheap.id, mid.id, dear.id]
    shown = {card.product: (card.price, card.highest) for card in service.list_entries("", "newest", 9, None)[0]}
    assert shown == {dear.id: (500, 900), cheap.id: (600, None), mid.id: (550, None)}


def test_a_list_goes_on_where_the_page_ended(shirts):
    made = [product(shirts, article(code=str(n), price=100 + n)).id for n in range(5)]
    for order, wanted in (("newest", made[::-1]), ("price", made), ("price_down", made[::-1])):
        seen, cursor = [], None
        while True:
            page, cursor = service.list_entries(shirts, order, 2, cursor)
            seen += [card.product for card in page]
            if cursor is None:
                break
        assert seen == wanted


def test_a_cursor_opens_no_other_list(shirts):
    for n in range(3):
        product(shirts, article(code=str(n)))
    _, cursor = service.list_entries(shirts, "newest", 2, None)
    with pytest.raises(CursorInvalid):
        service.list_entries("", "newest", 2, cursor)


# categories


def test_the_tree_is_five_levels_deep_at_most(engine):
    parent = None
    for level in range(5):
        parent = category(str(level), parent)
    with pytest.raises(CategoryTooDeep):
        category("six", parent)
    tree = categories.every()
    assert len(categories.path_of(tree[parent])) == 5
    assert categories.parent_of(tree[parent]) == categories.path_of(tree[parent])[-2]


def test_unknown_categories_are_refused_everywhere(engine):
    nowhere = "G01JZ0000000000000000000000"
    for attempt in (lambda: category("x", nowhere), lambda: product(nowhere), lambda: categories.find(nowhere)):
        with pytest.raises(CategoryNotFound):
            attempt()


def test_a_category_with_products_or_categories_in_it_stays(shirts):
    tees = category("tees", shirts)
    made = product(tees, publish=False)

    def close(which: str) -> None:
        closing = work()
        categories.close_category(which, closing)
        closing.commit()

    for which in (shirts, tees):
        with pytest.raises(CommitRejected) as refused:
            close(which)
        assert reasons(refused) == [CategoryInUse]
    edit(made, listing(shirts))
    close(tees)
    assert set(categories.every()) == {shirts}
    assert (int(categories.find(shirts).below), int(categories.find(shirts).uses)) == (0, 1)


def test_a_category_closed_meanwhile_takes_no_product(shirts):
    making, closing = work(), work()
    editing.add_product(listing(shirts), [article()], making)
    categories.close_category(shirts, closing)
    closing.commit()
    with pytest.raises(CommitRejected) as refused:
        making.commit()
    assert reasons(refused) == [CategoryNotFound]
    assert aws.rows_of(Product, "product") == []


def test_a_categorys_words_are_edited_under_the_version_seen(shirts):
    said = Named(Text("衬衫", "Shirts"), 3, (FABRIC, GRAMS))
    for version, fails in ((1, None), (1, StaleVersion)):
        made = work()
        categories.edit_category(shirts, version, said, made)
        if fails is None:
            made.commit()
            continue
        with pytest.raises(CommitRejected) as refused:
            made.commit()
        assert reasons(refused) == [fails]
    row = categories.find(shirts)
    assert (row.name_en, int(row.rank), int(row.version)) == ("Shirts", 3, 2)
    assert categories.schema_of(categories.every(), shirts) == (FABRIC, GRAMS)


def test_a_product_stands_in_eleven_categories_at_most(shirts):
    leaves = []
    for n in range(3):
        parent = None
        for level in range(4):
            parent = category(f"{n}-{level}", parent)
        leaves.append(parent)
    with pytest.raises(TooManyCategories):
        product(shirts, more_categories=tuple(leaves))
    assert product(leaves[0], more_categories=tuple(leaves[1:2]), attributes={}).version == 2


def test_the_tree_holds_so_many_categories_at_most(shirts):
    full = work()
    full.add(put(Mark(TREE, TREE, version=5, categories=MOST_CATEGORIES, changed=instant(0))))
    full.commit()
    with pytest.raises(CommitRejected) as refused:
        category("one too many")
    assert reasons(refused) == [CategoriesFull]
    closing = work()
    categories.close_category(shirts, closing)
    closing.commit()
    assert category("in its place")


def test_the_mark_beside_the_tree_counts_its_categories_and_changes(shirts):
    category("tees", shirts)
    made = work()
    categories.edit_category(shirts, 1, Named(Text("衬衫", "Shirts"), 3, ()), made)
    made.commit()
    (mark,) = (row for row in aws.rows(Mark) if row.part == TREE)
    assert (int(mark.categories), int(mark.version)) == (2, 3)


def test_a_tree_read_between_the_rows_of_a_change_is_read_again(shirts, engine):
    ahead = work()
    row = categories.find(shirts)
    ahead.add(put(Mark(TREE, TREE, version=2, categories=1, changed=ahead.now)))  # its mark is there already
    ahead.commit()
    assert categories.tree().rows[shirts].name_en == "shirts"
    row.name_en = "Shirts"
    behind = work()
    behind.add(put(row))
    behind.commit()
    engine.advance(categories.REMEMBERED)
    assert categories.tree().rows[shirts].name_en == "Shirts"


# facts


def test_what_happens_to_a_product_is_told(shirts, bus):
    made = product(shirts)
    made = edit_sku(f"{made.id}01", made.version, article(price=9800))
    move(made, "withdraw")
    assert bus.run() == [
        "sku.price_changed",
        "product.changed",
        "product.published",
        "sku.price_changed",
        "product.changed",
        "product.unpublished",
    ]


def test_the_largest_product_leaves_the_shelf_in_one_transaction(shirts):
    from chalicelib.records.catalog.rules import Axis, Choice

    numbers = Axis("n", Text("号", "No."), tuple(Choice(f"n{n}", Text(str(n), str(n))) for n in range(40)))
    parent, leaves = None, []
    for level in range(5):
        parent = category(f"l{level}", parent)
    for n in range(5):
        leaves.append(category(f"m{n}"))
    made = product(
        parent,
        article(code="0", options={"n": "n0"}),
        publish=False,
        axes=(numbers,),
        more_categories=tuple(leaves),
        attributes={},
    )
    for first in range(1, 40, 12):
        adding = work()
        new = [
            article(code=str(n), options={"n": f"n{n}"}, barcode=f"{n:08d}") for n in range(first, min(40, first + 12))
        ]
        made = done(editing.add_skus(made.id, made.version, new, adding), adding)
    made = move(made, "publish")
    leaving = work()
    editing.move_product(made.id, made.version, "withdraw", leaving)
    assert len(leaving._steps) == 1 + 40 + 11  # 46 more fit: one bucket for each SKU, and the journal's row
    leaving.commit()
    assert table.query(ListEntry, "list#", limit=5)[0] == []
