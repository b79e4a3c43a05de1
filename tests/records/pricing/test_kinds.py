"""What each kind does with the pieces that stand before it: which it takes, what is off, what is used and frozen."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.records.pricing.rules.goods import Scope
from chalicelib.records.pricing.rules.kinds import KINDS
from chalicelib.records.pricing.rules.kinds.sets import every, sets
from chalicelib.records.pricing.rules.reading import OfferInvalid, Reader
from chalicelib.records.pricing.rules.units import Deal, Gift, Lack, Stand, Unit, shares
from tests.records.pricing.shelf import basket

ITEMS = basket("9xA@1000 9xB@600 9xC@200")


def units(written: str) -> list[Unit]:
    """`A2@500^400 B1@600`: pieces of a line at what they cost now, a floor behind."""
    found = []
    for word in written.split():
        price, _, floor = word[3:].partition("^")
        found.append(Unit("ABC".index(word[0]), int(word[1]), int(price), int(floor or 0)))
    return found


def deal_of(
    kind: str, written: str, pick: str = "cart", most: int | None = None, scope: str = "ABC", **terms: Any
) -> Deal | Lack:
    known = KINDS[kind]
    stand = Stand(units(written), ITEMS, Scope(False, skus=frozenset(scope)), pick, most)
    return known.deal(known.read(Reader(terms, "terms"), "shop"), stand)


def tiers(by: str, *given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"by": by, "tiers": list(given), **more}


TAKES = [
    # ---- single pieces: (place, pieces, off each), uses
    ("piece_amount", "A2@500 B1@300", {"off_fen": 400}, {}, [(0, 2, 400), (1, 1, 300)], 3),
    ("piece_amount", "A2@500^499 B1@300^300", {"off_fen": 400}, {}, [(0, 2, 1)], 2),
    ("piece_amount", "A2@500 B2@300", {"off_fen": 100, "max_pieces": 3}, {}, [(0, 2, 100), (1, 1, 100)], 3),
    ("piece_amount", "A2@500 B2@300", {"off_fen": 100, "max_pieces": 3}, {"pick": "cheapest"}, [(1, 2, 100), (0, 1, 100)], 3),
    ("piece_amount", "A2@500 B2@300", {"off_fen": 100, "max_pieces": 3}, {"most": 1}, [(0, 1, 100)], 1),
    ("piece_amount", "A2@500 B2@300", {"off_fen": 100}, {"most": 3}, [(0, 2, 100), (1, 1, 100)], 3),
    ("piece_amount", "A1@500 A3@400 B3@300", {"off_fen": 100, "max_pieces": 2, "per": "line"}, {},
     [(0, 1, 100), (1, 1, 100), (2, 2, 100)], 4),
    ("piece_amount", "A1@500 A3@400 B3@300", {"off_fen": 100, "max_pieces": 2, "per": "line"}, {"most": 3},
     [(0, 1, 100), (1, 1, 100), (2, 1, 100)], 3),
    ("piece_amount", "A1@500 A1@450 A3@400", {"off_fen": 100, "max_pieces": 2, "per": "line"}, {},
     [(0, 1, 100), (1, 1, 100)], 2),
    ("piece_amount", "A2@500 B1@300", {"off_fen": 100, "per": "line"}, {}, [(0, 2, 100), (1, 1, 100)], 3),
    ("piece_percent", "A2@5 B1@1", {"pay_bp": 5000}, {}, [(0, 2, 2)], 2),
    ("piece_percent", "A2@5", {"pay_bp": 0, "max_pieces": 1}, {}, [(0, 1, 5)], 1),
    # ---- every so many
    ("second_half", "A5@100", {"nth": 2, "pay_bp": 5000}, {}, [(0, 2, 50), (0, 2, 0)], 2),
    ("second_half", "A5@100", {"nth": 2, "pay_bp": 5000, "times": 1}, {}, [(0, 1, 50), (0, 1, 0)], 1),
    ("second_half", "A5@100", {"nth": 2, "pay_bp": 5000}, {"most": 1}, [(0, 1, 50), (0, 1, 0)], 1),
    ("second_half", "A3@101 B3@51", {"nth": 3, "pay_bp": 5000}, {}, [(0, 1, 50), (1, 1, 25), (0, 2, 0), (1, 2, 0)], 2),
    ("second_half", "A1@100 B3@50", {"nth": 2, "pay_bp": 0, "same": "sku"}, {}, [(1, 1, 50), (1, 1, 0)], 1),
    ("second_half", "A2@100 B2@50", {"nth": 2, "pay_bp": 0, "same": "product", "times": 1}, {}, [(0, 1, 100), (0, 1, 0)], 1),
    ("second_half", "A2@100 B2@50", {"nth": 2, "pay_bp": 0}, {"pick": "dearest"}, [(0, 2, 100), (1, 2, 0)], 2),
    ("cheapest_free", "A2@100 B1@50 C1@20", {"of": 3}, {}, [(2, 1, 20), (0, 2, 0)], 1),
    ("cheapest_free", "A3@100 B3@50", {"of": 3, "free": 2, "times": 1}, {}, [(1, 2, 50), (0, 1, 0)], 1),
    # ---- sets
    ("group_amount", "A3@100 B2@50", {"pieces": 2, "off_each_fen": 60}, {}, [(0, 3, 60), (1, 1, 50)], 2),
    ("group_amount", "A3@100 B2@50", {"pieces": 2, "off_each_fen": 60, "times": 1}, {"pick": "cheapest"}, [(1, 2, 50)], 1),
    ("buy_get", "A5@100 B2@50", {"buy": 2, "get": 1}, {}, [(0, 1, 100), (1, 1, 50), (0, 4, 0)], 2),
    ("buy_get", "A3@100 B4@50", {"buy": 3, "get": 2, "pay_bp": 5000, "get_scope": {"skus": ["B"]}}, {"scope": "A"},
     [(1, 2, 25), (0, 3, 0)], 1),
    ("buy_get", "A2@100 B3@50", {"buy": 2, "get": 1, "get_scope": {"skus": ["B"]}}, {"scope": "AB"}, [(1, 1, 50), (0, 2, 0)], 1),
    ("buy_get", "A1@100 B5@50", {"buy": 2, "get": 1, "get_scope": {"skus": ["B"]}}, {"scope": "AB"},
     [(1, 2, 50), (0, 1, 0), (1, 3, 0)], 2),
    ("buy_get", "A9@100 B9@50 C1@20", {"buy": 1, "get": 1, "get_scope": {"skus": ["B", "C"]}}, {"scope": "A", "pick": "cheapest",
                                                                                               "most": 2},
     [(2, 1, 20), (1, 1, 50), (0, 2, 0)], 2),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "written", "terms", "how", "taken", "uses"), TAKES)
def test_pieces_are_taken_and_cheaper_as_worked_out_by_hand(kind, written, terms, how, taken, uses):
    deal = deal_of(kind, written, **how, **terms)
    assert isinstance(deal, Deal)
    assert (list(deal.taken), deal.summed, deal.uses) == (taken, 0, uses)
    assert deal.off == sum(n * each for _, n, each in taken)


SUMS = [
    # ---- off a sum: pieces by place, off, uses, threshold
    ("amount", "A2@500 B1@300", {"off_fen": 400}, {}, {0: 2, 1: 1}, 400, 1, 0),
    ("amount", "A2@500 B1@300", {"off_fen": 400, "min_fen": 1300, "min_pieces": 3}, {}, {0: 2, 1: 1}, 400, 1, 1300),
    ("amount", "A2@500^450 B1@300", {"off_fen": 900, "min_pieces": 3}, {}, {0: 2, 1: 1}, 400, 1, -3),
    ("percent", "A3@333", {"pay_bp": 9000, "min_fen": 999}, {}, {0: 3}, 100, 1, 999),
    ("percent", "A3@333", {"pay_bp": 9000, "cap_fen": 99}, {}, {0: 3}, 99, 1, 0),
    ("threshold", "A3@100", tiers("fen", {"at": 200, "off_fen": 20}, {"at": 300, "off_fen": 50}), {}, {0: 3}, 50, 1, 300),
    ("threshold", "A3@100", tiers("pieces", {"at": 2, "off_fen": 20}, {"at": 4, "off_fen": 50}), {}, {0: 3}, 20, 1, -2),
    ("threshold", "A3@100", tiers("pieces", {"at": 1, "pay_bp": 9000, "cap_fen": 29}), {}, {0: 3}, 29, 1, -1),
    ("threshold", "A3@100", tiers("fen", {"at": 100, "off_fen": 20}, repeat=True), {}, {0: 3}, 60, 3, 300),
    ("threshold", "A3@100", tiers("fen", {"at": 100, "off_fen": 20}, repeat=True), {"most": 2}, {0: 3}, 40, 2, 200),
    ("threshold", "A3@100", tiers("fen", {"at": 100, "off_fen": 20}, repeat=True, strict=True), {}, {0: 3}, 40, 2, 201),
    ("threshold", "A3@100", tiers("pieces", {"at": 1, "off_fen": 20}, repeat=True, cap_fen=50), {}, {0: 3}, 50, 3, -3),
    ("threshold", "A3@100", tiers("pieces", {"at": 1, "pay_bp": 9000}, repeat=True), {}, {0: 3}, 30, 1, -1),
    ("threshold", "A1@100", tiers("fen", {"at": 200, "off_fen": 20}, base={"off_fen": 5}), {}, {0: 1}, 5, 1, 0),
    ("threshold", "A2@100", tiers("fen", {"at": 100, "off_fen": 20}, {"at": 200, "pay_bp": 9500}), {}, {0: 2}, 20, 1, 100),
    ("threshold", "A2@100", tiers("fen", {"at": 100, "off_fen": 20}, {"at": 200, "off_fen": 20}), {}, {0: 2}, 20, 1, 200),
    ("choose", "A2@500 B2@300", {"pieces": 2, "price_fen": 700}, {}, {0: 2}, 300, 1, 0),
    ("choose", "A3@500 B1@300", {"pieces": 2, "price_fen": 700}, {}, {0: 3, 1: 1}, 400, 2, 0),
    ("choose", "A3@500 B1@300", {"pieces": 2, "price_fen": 700, "times": 1}, {}, {0: 2}, 300, 1, 0),
    ("choose", "A5@500", {"pieces": 2, "price_fen": 700}, {}, {0: 4}, 600, 2, 0),
    ("choose", "A2@100 B2@500", {"pieces": 2, "price_fen": 700}, {}, {1: 2}, 300, 1, 0),
    ("choose", "A2@350", {"pieces": 2, "price_fen": 700}, {}, {}, 0, 0, 0),
    ("group_percent", "A3@99 B2@50", {"pieces": 2, "pay_bp": 5000}, {}, {0: 3, 1: 1}, 174, 2, 0),
    ("groups", "A3@100 B2@50", {"parts": [{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}}], "off_fen": 30}, {},
     {0: 2, 1: 2}, 60, 2, 0),
    ("groups", "A3@100 B4@50", {"parts": [{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}, "pieces": 2}], "pay_bp": 9000,
                                "times": 1}, {}, {0: 1, 1: 2}, 20, 1, 0),
    ("groups", "A3@100 B4@50", {"parts": [{"scope": {"skus": ["A", "B"]}, "pieces": 2}], "price_fen": 120}, {},
     {0: 3, 1: 1}, 110, 2, 0),
    ("line_amount", "A1@100 A2@50 B1@30", {"off_fen": 60}, {}, None, 90, 2, 0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "written", "terms", "how", "pieces", "off", "uses", "threshold"), SUMS)
def test_sums_are_cheaper_as_worked_out_by_hand(kind, written, terms, how, pieces, off, uses, threshold):
    deal = deal_of(kind, written, **how, **terms)
    assert isinstance(deal, Deal)
    assert (deal.off, deal.uses, deal.threshold) == (off, uses, threshold)
    assert pieces is None or {at: n for at, n, _ in deal.taken} == pieces
    assert sum(n * each for _, n, each in shares(units(written), deal)) == off


@pytest.mark.parametrize(
    ("kind", "written", "terms", "lack"),
    [
        ("amount", "A1@100", {"off_fen": 5, "min_fen": 101}, Lack("MISSING_FEN", fen=1)),
        ("amount", "A1@100", {"off_fen": 5, "min_pieces": 3}, Lack("MISSING_PIECES", pieces=2)),
        ("amount", "A1@100", {"off_fen": 5, "min_fen": 300, "min_pieces": 3}, Lack("MISSING_FEN", fen=200)),
        ("percent", "A1@100", {"pay_bp": 5, "min_fen": 101}, Lack("MISSING_FEN", fen=1)),
        ("threshold", "A1@100", tiers("fen", {"at": 300, "off_fen": 5}), Lack("MISSING_FEN", fen=200)),
        ("threshold", "A1@100", tiers("fen", {"at": 100, "off_fen": 5}, strict=True), Lack("MISSING_FEN", fen=1)),
        ("threshold", "A1@100", tiers("pieces", {"at": 3, "off_fen": 5}), Lack("MISSING_PIECES", pieces=2)),
        ("second_half", "A1@100", {"nth": 3, "pay_bp": 5}, Lack("MISSING_PIECES", pieces=2)),
        ("second_half", "A1@100 B2@9", {"nth": 3, "pay_bp": 5, "same": "sku"}, Lack("MISSING_PIECES", pieces=1)),
        ("cheapest_free", "A1@100", {"of": 3}, Lack("MISSING_PIECES", pieces=2)),
        ("choose", "A1@100", {"pieces": 3, "price_fen": 5}, Lack("MISSING_PIECES", pieces=2)),
        ("group_amount", "A1@100", {"pieces": 3, "off_each_fen": 5}, Lack("MISSING_PIECES", pieces=2)),
        ("group_percent", "A1@100", {"pieces": 3, "pay_bp": 5}, Lack("MISSING_PIECES", pieces=2)),
        ("groups", "A1@100", {"parts": [{"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}, "pieces": 2}], "off_fen": 5},
         Lack("MISSING_PIECES", pieces=2)),
        ("buy_get", "A1@100", {"buy": 2, "get": 2}, Lack("MISSING_PIECES", pieces=3)),
        ("buy_get", "A2@100", {"buy": 2, "get": 2, "get_scope": {"skus": ["B"]}}, Lack("MISSING_PIECES", pieces=2)),
        ("gift", "A1@100", {"sku": "G", "min_fen": 101}, Lack("MISSING_FEN", fen=1)),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_to_the_fen_and_the_piece(kind, written, terms, lack):
    assert deal_of(kind, written, **terms) == lack


def test_a_tier_gives_what_it_names_as_often_as_it_is_met():
    gift = {"sku": "G", "pieces": 2, "out": "block"}
    deal = deal_of(
        "threshold", "A3@100", **tiers("fen", {"at": 100, "points": 7, "gift": gift, "free_freight": True}, repeat=True)
    )
    assert isinstance(deal, Deal)
    assert (deal.gifts, deal.points, deal.free_freight, deal.off) == ((Gift("G", 6, "block"),), 21, True, 0)
    assert deal.next is None


def test_a_tier_says_what_the_next_one_wants():
    deal = deal_of("threshold", "A3@100", **tiers("pieces", {"at": 3, "off_fen": 1}, {"at": 5, "off_fen": 2}))
    assert isinstance(deal, Deal)
    assert deal.next == Lack("MISSING_PIECES", pieces=2)


@pytest.mark.parametrize(
    ("terms", "uses", "pieces", "threshold"),
    [
        ({}, 1, 1, 0),
        ({"pieces": 2, "min_fen": 200}, 1, 2, 200),
        ({"per_each": True}, 5, 5, -5),
        ({"per_each": True, "min_pieces": 2}, 2, 2, -4),
        ({"per_each": True, "min_fen": 200}, 2, 2, 400),
        ({"per_each": True, "min_fen": 100, "min_pieces": 2, "pieces": 3}, 2, 6, 200),
    ],
)  # fmt: skip
def test_a_gift_is_given_once_or_each_time(terms, uses, pieces, threshold):
    deal = deal_of("gift", "A5@100", sku="G", **terms)
    assert isinstance(deal, Deal)
    assert (deal.uses, deal.gifts, deal.threshold, deal.off) == (uses, (Gift("G", pieces),), threshold, 0)
    assert deal.taken == ((0, 5, 0),)


def test_equal_sets_are_counted_and_not_put_together_one_by_one():
    a, b = (0, 7), (1, 5)
    assert list(sets([([a, b], 3)], 9)) == [(2, [(0, 3)]), (1, [(0, 1), (1, 2)]), (1, [(1, 3)])]
    assert list(sets([([a], 2), ([b], 1)], 9)) == [(3, [(0, 2), (1, 1)])]
    assert list(sets([([a], 2), ([b], 1)], 2)) == [(2, [(0, 2), (1, 1)])]
    assert list(sets([([a], 8)], 2)) == []


ANY, A, B = {"scope": {"skus": ["A", "B"]}}, {"scope": {"skus": ["A"]}}, {"scope": {"skus": ["B"]}}


@pytest.mark.parametrize(
    ("written", "parts", "groups"),
    [
        ("A1@100 B1@50", [ANY, A], 1), ("A1@100 B1@50", [A, ANY], 1), ("A2@100", [A, A], 1), ("A5@100", [A, A], 2),
        ("A2@100", [{**A, "pieces": 2}], 1), ("A3@100 B2@50", [ANY, A], 2), ("A1@100 B3@50", [ANY, A], 1),
        ("A3@100 B3@50 C2@9", [ANY, ANY, {"scope": {"skus": ["B", "C"]}}], 2),
        ("A4@100 B1@50 C1@9", [ANY, {"scope": {"skus": ["B", "C"]}}, A], 2),
    ],
)  # fmt: skip
def test_a_piece_makes_room_where_it_fits_another_part_of_the_group(written, parts, groups):
    told = deal_of("groups", written, parts=parts, off_fen=1)
    assert isinstance(told, Deal), told
    assert (told.uses, told.off) == (groups, groups)


def test_a_group_tells_how_many_pieces_it_lacks_however_its_parts_overlap():
    assert deal_of("groups", "B2@50", parts=[ANY, A], off_fen=1) == Lack("MISSING_PIECES", pieces=1)
    assert deal_of("groups", "C1@50", parts=[ANY, A], off_fen=1) == Lack("MISSING_PIECES", pieces=2)
    assert deal_of("groups", "A9@50", parts=[A, A], off_fen=1, times=2).uses == 2
    assert deal_of("groups", "A9@50", parts=[A, A], off_fen=1, most=1).uses == 1


def test_a_group_has_six_parts_at_most():
    deal_of("groups", "A9@50", parts=[A] * 6, off_fen=1)
    with pytest.raises(OfferInvalid) as refused:
        deal_of("groups", "A9@50", parts=[A] * 7, off_fen=1)
    assert refused.value.params == {"at": "terms.parts", "problem": "too_large"}


@pytest.mark.parametrize(("of", "pieces", "times"), [(3, 1, 4), (3, 2, 4), (3, 1, 1), (4, 1, 2), (4, 3, 3), (12, 5, 1)])
def test_in_the_carts_order_the_last_of_each_group_cost_less(of, pieces, times):
    """Four of A, three of B, five of C: counted off one by one."""
    stand = Stand(units("A4@3 B3@2 C5@1"), ITEMS)
    line = [at for at, n in enumerate((4, 3, 5)) for _ in range(n)][: of * times]
    counted: dict[bool, dict[int, int]] = {True: {}, False: {}}
    for place, at in enumerate(line):
        cheap = place % of >= of - pieces
        counted[cheap][at] = counted[cheap].get(at, 0) + 1
    found = every(stand, [0, 1, 2], of, pieces, times, "cart")
    assert (dict(found[0]), dict(found[1])) == (counted[True], counted[False])
