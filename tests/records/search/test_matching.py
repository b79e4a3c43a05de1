"""What an index finds, in which order and in which pages."""

from __future__ import annotations

import random

import pytest

from chalicelib.records.search.matching import Index
from chalicelib.records.search.rules import Position
from tests.records.search.entries import asked, entry, product

SHELF = (
    entry(1, "纯棉圆领T恤", "Cotton crew-neck T-shirt", price=9_900),
    entry(2, "真丝连衣裙", "Silk dress", price=59_900),
    entry(3, "红色长款连衣裙", "Long red dress", price=19_900, stocked=False),
    entry(4, "亚麻衬衫", "Linen shirt", price=29_900, rest=" 棉花 ts 004 ts004"),
)


def numbers(found):
    return [int(each.product[5:]) for each in found.entries]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("连衣裙", [3, 2]),
        ("連衣裙", [3, 2]),
        ("红色连衣裙", [3]),
        ("真丝裙", []),  # 丝裙 stands nowhere, and of two pairs none may be missing
        ("棉", [4, 1]),
        ("纯棉", [1]),
        ("shirt", [4, 1]),
        ("SHI", [4, 1]),
        ("hirt", []),
        ("long dress", [3]),
        ("ts-003", [3]),
        ("TS003", [3]),
        ("003", [3]),
        ("连衣裙 silk", [2]),
        ("连衣裙 cotton", []),
        ("jishi", [3, 2, 1]),
    ],
)
def test_every_word_of_a_query_is_found_in_what_is_shown(query, found):
    told = Index(SHELF).find(asked(query, "newest"), 10)
    assert (numbers(told), told.total, told.end) == (found, len(found), None)


def test_what_stands_in_the_title_comes_before_what_stands_elsewhere_and_the_newest_before_the_old():
    shelf = [entry(1, rest=" 羊毛"), entry(2, "羊毛衫"), entry(3, "羊毛 羊毛"), entry(4, "x", rest=" 羊毛")]
    assert numbers(Index(shelf).find(asked("羊毛"), 10)) == [3, 2, 4, 1]


def test_a_fuller_match_comes_first():
    shelf = [entry(1, "红色的连衣裙"), entry(2, "红色连衣裙"), entry(3, "连衣裙 红色")]
    assert numbers(Index(shelf).find(asked("红色连衣裙"), 10)) == [2, 3, 1]


@pytest.mark.parametrize(
    ("sort", "order"), [("newest", [4, 3, 2, 1]), ("price", [1, 3, 4, 2]), ("price_down", [2, 4, 3, 1])]
)
def test_an_order_is_kept_through_pages_of_every_size(sort, order):
    index = Index(random.Random(1).sample(SHELF, 4))
    for limit in (1, 2, 3, 4):
        seen, end = [], None
        while True:
            told = index.find(asked(sort=sort), limit, end)
            seen += numbers(told)
            assert told.total == 4
            if (end := told.end) is None:
                break
        assert seen == order


def test_of_equal_prices_the_newest_comes_first_and_none_is_left_out_between_pages():
    index = Index(entry(n) for n in range(1, 8))
    first = index.find(asked(sort="price"), 3)
    second = index.find(asked(sort="price"), 4, first.end)
    assert (numbers(first), numbers(second), second.end) == ([7, 6, 5], [4, 3, 2, 1], None)


def test_a_page_goes_on_where_the_last_one_ended_although_that_product_is_gone():
    index = Index(entry(n) for n in (1, 2, 4, 5))
    assert numbers(index.find(asked(sort="newest"), 9, Position(0, product(3)))) == [2, 1]
    assert numbers(index.find(asked(sort="newest"), 9, Position(0, product(4)))) == [2, 1]


def test_a_category_whose_name_has_a_word_counts_as_having_it_and_less_than_a_title():
    shelf = [entry(1, "外套", places=("G7",)), entry(2, "夏裙", places=("G8",)), entry(3, "裙", places=("G7",))]
    search = asked("裙")._replace(named=(frozenset({"G7"}),))
    assert numbers(Index(shelf).find(search, 10)) == [3, 2, 1]
    two = asked("裙 外套")._replace(named=(frozenset({"G7"}), frozenset()))
    assert numbers(Index(shelf).find(two, 10)) == [1], "the other word must be found all the same"


def test_a_category_counts_as_much_as_what_stands_beside_the_title():
    shelf = [entry(1, "外套", places=("G7",)), entry(2, "衫", rest=" 裙"), entry(3, "衫", places=("G7",))]
    search = asked("裙")._replace(named=(frozenset({"G7"}),))
    assert numbers(Index(shelf).find(search, 10)) == [3, 2, 1]


def test_each_needle_has_its_categories():
    with pytest.raises(ValueError, match="zip"):
        Index([entry()]).find(asked("纯棉 圆领")._replace(named=(frozenset(),)), 10)


def test_filters_narrow_what_is_counted():
    told = Index(SHELF).find(asked("连衣裙", "newest", in_stock=True), 10)
    assert (numbers(told), told.total) == ([2], 1)
    assert numbers(Index(SHELF).find(asked(sort="price", price_from=19_900, price_to=29_900), 10)) == [3, 4]


def test_what_lies_between_two_ids_is_told_without_them():
    index = Index(entry(n) for n in range(1, 6))
    assert index.between(product(1), product(4)) == [product(3), product(2)]
    assert index.between("", "Q") == [product(n) for n in (5, 4, 3, 2, 1)]
