"""A bill: what is written of it reads the same, in few bytes; what its units are worth adds up to the fen."""

from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.bill import (
    ADD_ON,
    BOUGHT,
    GIFT,
    KINDS,
    Ahead,
    Bill,
    CounterUse,
    CouponUse,
    FreightPart,
    Layer,
    Lower,
    PointsUse,
    QuoteLine,
    Tie,
    bought,
    laid,
    quantities,
    shelved,
    supplied,
    with_freight,
    without_freight,
)
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import FORMAT, Quote
from chalicelib.kernel.runs import Run

fen = st.integers(0, 5000).map(Fen)
words = st.text(max_size=6)
runs = st.lists(
    st.builds(
        lambda n, goods, offs, points, freight: (n, goods, offs, points, freight),
        st.integers(1, 99),
        fen,
        st.lists(fen, max_size=3),
        fen,
        fen,
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def lines(draw):
    """A line whose runs all come to one unit price, held from some buckets."""
    drawn = draw(runs)
    unit = max(goods + sum(offs) + points for _, goods, offs, points, _ in drawn)
    made = tuple(
        Run(n, Fen(unit - sum(offs) - points), tuple(_trim(offs)), points, freight)
        for n, _, offs, points, freight in drawn
    )
    pieces = sum(run.pieces for run in made)
    first = draw(st.integers(1, pieces))
    parts = (
        (draw(st.integers(0, 9)), first),
        *(((draw(st.integers(0, 9)), pieces - first),) if pieces > first else ()),
    )
    return QuoteLine(
        draw(st.sampled_from(KINDS)),
        draw(words),
        draw(st.integers(0, 99)),
        parts,
        Fen(unit + draw(st.integers(0, 99))),
        Fen(unit),
        made,
        draw(st.sampled_from(["MAIN", "EAST"])),
        draw(st.integers(-1, 3)),
        draw(st.integers(0, 3)),
        draw(fen),
    )


def _trim(offs):
    kept = list(offs)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def many(one):
    return st.lists(one, max_size=3).map(tuple)


policies = st.sampled_from(["prorate", "keep_if_threshold_still_met", "return_if_all"])
numbers = st.integers(0, 9)
lower = st.builds(Lower, numbers, numbers, numbers, numbers, st.integers(0, 1), numbers, st.integers(0, 1))
bills = st.builds(
    Bill,
    many(lines()),
    many(st.builds(Layer, words, words, st.integers(0, 9), fen, st.integers(0, 9), policies, numbers, many(lower))),
    many(st.builds(FreightPart, st.sampled_from(["MAIN", "EAST"]), st.integers(0, 9), fen, fen)),
    many(st.builds(CouponUse, words, st.integers(-1, 3))),
    st.builds(PointsUse, st.integers(0, 9), fen),
    many(st.builds(CounterUse, words, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))),
    st.none() | st.builds(Tie, st.sampled_from(["team", "flash"]), words, words),
    st.integers(0, 9),
    words,
    ahead=many(st.builds(Ahead, words.filter(bool), numbers, numbers)),
)


def wire(packed):
    return json.loads(json.dumps(packed))


# ---- written and read -----------------------------------------------------------------------------------------------
@given(bills, words, st.none() | words, st.booleans(), st.booleans())
def test_what_is_written_reads_the_same_and_ends_with_nothing_empty(bill, reason, address, from_cart, best):
    packed = bill.pack()
    assert Bill.unpack(wire(packed)) == bill
    assert not packed or packed[-1]
    quote = Quote("O1", "C1", 5, 2, from_cart, address, *bill, reason, best)
    read = Quote.unpack(wire(quote.pack()))
    assert (read, read.bill, type(read.payable)) == (quote, bill, Fen)
    kinds = [read.points.fen, *(part.off for part in read.freights), *(layer.off for layer in read.layers)]
    kinds += [
        each for line in read.lines for run in line.runs for each in (run.goods, run.points, run.freight, *run.offs)
    ]
    assert {type(each) for each in kinds} == {Fen}


def test_a_plain_line_is_written_in_a_few_numbers():
    line = bought("S1", 7, Fen(500), ((0, 2),))
    assert line.pack() == ["S1", 7, [0], 500, [[2]]]
    assert bought("S1", 7, Fen(500), ((3, 2), (1, 4))).pack() == ["S1", 7, [3, 2, 1], 500, [[6]]]
    assert Bill((line,)).pack() == [[["S1", 7, [0], 500, [[2]]]]]
    quote = Quote("O1", "C1", 5, 1, False, None, (line,))
    assert quote.pack() == [FORMAT, "O1", "C1", 5, 1, 0, None, "", [["S1", 7, [0], 500, [[2]]]]]


def test_a_line_that_moves_says_where_it_was_priced_and_nothing_once_it_is_back_there():
    line = bought("S1", 7, Fen(500), ((0, 2),))
    moved = line.moved_to("SH").moved_to("BJ")
    assert (moved.location, moved.priced_at, line.priced_at) == ("BJ", "MAIN", "MAIN")
    assert QuoteLine.unpack(moved.pack()) == moved
    assert moved.moved_to("MAIN") == line


def test_a_line_with_all_there_can_be_is_written_whole():
    run = Run(2, Fen(80), (Fen(0), Fen(15)), Fen(5), Fen(9))
    line = QuoteLine(ADD_ON, "S1", 7, ((1, 2),), Fen(120), Fen(100), (run,), "EAST", 1, 3, Fen(4))
    assert line.pack() == ["S1", 7, [1], 100, [[2, 9, 5, 0, 15]], 3, 20, 2, 3, 4, "EAST"]
    assert (line.quantity, line.gross, line.off, line.points, line.payable, line.freight) == (2, 200, 30, 10, 160, 18)
    assert [line.off_by(layer) for layer in range(3)] == [0, 30, 0]
    assert line.stock == [("S1@EAST", 1, 2)]
    bill = Bill(
        (line,), (Layer("shop", "F1", 3, Fen(30), 100, "return_if_all"),), (FreightPart("EAST", 4, Fen(20), Fen(2)),)
    )
    assert bill.pack()[1:] == [[["shop", "F1", 3, 30, 100, "return_if_all"]], [["EAST", 4, 20, 2]]]
    assert (bill.goods, bill.freight, bill.payable) == (160, 18, 178)


def test_a_line_without_pieces_in_a_warehouse_reads_the_same():
    line = bought("S1", 7, Fen(5), ((0, 3),))._replace(parts=())
    assert QuoteLine.unpack(line.pack()) == line


@pytest.mark.parametrize(("count", "most"), [(1, 250), (3, 420), (8, 860), (10, 1000), (50, 4500)])
def test_a_bill_of_many_lines_and_three_layers_is_small(count, most):
    seen = Random(7)
    wanted = [
        bought(f"P01KJPB7WG0000000000000{n:04d}01", 12, Fen(seen.randrange(500, 20_000)), ((0, seen.randrange(1, 4)),))
        for n in range(count)
    ]
    layers = tuple(
        Layer(lane, f"F01KJPB7WG00000000000000{lane[:2]}", 3, Fen(off))
        for lane, off in (("price", 377), ("shop", 501), ("coupon", 89))
    )
    for at, layer in enumerate(layers):
        wanted = laid(
            wanted, layer.off, lambda run: (run.goods, run.goods), lambda run, each, at=at: run.less(each, at)
        )
    bill = Bill(with_freight(wanted, Fen(801)), layers, (FreightPart("MAIN", 1, Fen(801)),))
    assert len(json.dumps(bill.pack(), separators=(",", ":"))) < most


def test_what_is_no_quote_is_refused():
    for packed in ([], [3, "O1"], {"a": 1}, None, "O1"):
        with pytest.raises(ValueError, match=r"list|format"):
            Quote.unpack(packed)


# ---- the former format ----------------------------------------------------------------------------------------------
FORMER = [
    "O1",
    "C1",
    5,
    [["S1", 5, 500, 0, 2, 7, [0, 1], [3, 2]], ["S2", 1, 99, 0, 0, 1]],
    "D1",
    800,
    3399,
    4,
    1,
    None,
    0,
]


def test_a_quote_of_the_former_format_opens_as_plain_lines_with_their_freight():
    quote = Quote.unpack(FORMER)
    first = bought("S1", 7, Fen(500), ((2, 2), (0, 1), (3, 2)))
    plain = with_freight((first, bought("S2", 1, Fen(99), ((0, 1),))), Fen(800))
    assert quote == Quote("O1", "C1", 5, 4, True, "D1", plain, freights=(FreightPart("MAIN", 0, Fen(800)),))
    assert (quote.payable, quote.freight, quote.goods, quote.pieces) == (3399, 800, 2599, 6)
    assert Quote.unpack(quote.pack()) == quote
    free = Quote.unpack([*FORMER[:5], 0, 2599, *FORMER[7:]])
    assert (free.freights, free.payable) == ((), 2599)


def test_a_quote_of_the_former_format_that_does_not_add_up_is_refused():
    with pytest.raises(ValueError, match=r"^its lines do not cost what it says$"):
        Quote.unpack([*FORMER[:6], 3398, *FORMER[7:]])


# ---- units ----------------------------------------------------------------------------------------------------------
def test_the_next_units_are_worth_what_stands_after_those_before():
    line = bought("S1", 1, Fen(10), ((0, 4),))._replace(
        runs=(Run(1, Fen(7), (Fen(3),), Fen(0), Fen(2)), Run(2, Fen(6), (Fen(4),), Fen(0), Fen(1)), Run(1, Fen(10)))
    )
    assert [line.worth(n, 1) for n in range(4)] == [9, 7, 7, 10]
    assert [line.worth(0, 4), line.worth(1, 2), line.worth(2, 2), line.worth(4, 0), line.worth(1, 0)] == [
        33,
        14,
        17,
        0,
        0,
    ]
    assert type(line.worth(0, 4)) is Fen


@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3000), st.integers(0, 999)), min_size=1, max_size=5),
    st.integers(0, 900),
    st.randoms(use_true_random=False),
)
def test_all_units_given_back_in_any_order_are_worth_what_was_paid(drawn, freight, chance):
    wanted = [bought(f"S{n}", 1, Fen(unit), ((0, pieces),)) for n, (pieces, unit, _) in enumerate(drawn)]
    goods = sum(line.gross for line in wanted)
    for layer, (_, _, off) in enumerate(drawn):
        off = min(off, sum(line.payable for line in wanted))
        wanted = laid(
            wanted, Fen(off), lambda run: (run.goods, run.goods), lambda run, each, at=layer: run.less(each, at)
        )
    bill = Bill(with_freight(wanted, Fen(freight)))
    assert bill.payable == goods - sum(line.off for line in bill.lines) + freight
    gone, back = [0] * len(bill.lines), 0
    units = [at for at, line in enumerate(bill.lines) for _ in range(line.quantity)]
    chance.shuffle(units)
    while units:
        at = units.pop()
        more = 1
        if units and units[-1] == at:
            units.pop()
            more = 2
        worth = bill.lines[at].worth(gone[at], more)
        assert worth >= 0
        back, gone[at] = back + worth, gone[at] + more
    assert back == bill.payable


def test_freight_that_went_back_is_off_every_unit_by_what_it_bore():
    lines = with_freight([bought("S1", 1, Fen(100), ((0, 3),)), bought("S2", 1, Fen(10), ((0, 2),))], Fen(32))
    for back in range(33):
        left = without_freight(lines, Fen(back))
        assert sum(line.freight for line in left) == 32 - back
        assert [line.payable for line in left] == [300, 20]
        assert [line.quantity for line in left] == [3, 2]
    assert [int(line.freight) for line in without_freight(lines, Fen(16))] == [15, 1]
    assert without_freight(lines, Fen(0)) == lines


def test_a_layer_that_was_written_without_what_came_later_reads_as_before():
    layer = ["shop", "F1", 1, 60, 300, "keep_if_threshold_still_met", 3, [[100, 5], [200, 0, 900, 2, 1]]]
    bill = Bill.unpack([[], [layer]])
    assert bill.layers[0].below == (Lower(100, 5), Lower(200, 0, 900, 2, 1, 0, 0))
    assert bill.pack() == [[], [layer]]


# ---- lines of one SKU -----------------------------------------------------------------------------------------------
def test_pieces_of_one_sku_are_asked_for_together_and_handed_to_its_lines_one_after_the_other():
    paid = bought("S1", 1, Fen(10), ((0, 3),))
    gift = bought("S1", 1, Fen(0), ((0, 2),))._replace(kind=GIFT)
    other = bought("S2", 1, Fen(10), ((0, 1),))
    three = (paid, other, gift)
    assert quantities(three) == {"S1": 5, "S2": 1}
    assert shelved(three) == {"S1": 5, "S2": 1}
    given_out = supplied(three, {"S1": [(4, 2), (1, 3)], "S2": [(2, 1)]})
    assert [line.parts for line in given_out] == [((4, 2), (1, 1)), ((2, 1),), ((1, 2),)]
    assert [line._replace(parts=()) for line in given_out] == [line._replace(parts=()) for line in three]
    quote = Quote("O1", "C1", 5, 1, True, None, (*three, paid))
    assert (quote.bought, quote.pieces) == (["S1", "S2"], 9)


def test_lines_of_one_sku_at_two_locations_take_from_a_shelf_each():
    here = bought("S1", 1, Fen(10), ((0, 3),))
    there = bought("S1", 1, Fen(10), ((0, 2),))._replace(location="EAST")
    assert shelved((here, there, there)) == {"S1": 3, "S1@EAST": 4}
    given_out = supplied((here, there, there), {"S1": [(0, 3)], "S1@EAST": [(1, 3), (2, 1)]})
    assert [line.parts for line in given_out] == [((0, 3),), ((1, 2),), ((1, 1), (2, 1))]
    assert given_out[2].stock_of(1, 1) == [("S1@EAST", 2, 1)]


def test_pieces_of_a_line_lie_in_its_buckets_one_after_the_other():
    line = bought("S1", 1, Fen(10), ((4, 2), (1, 1), (0, 2)))
    assert line.stock_of(0, 5) == line.stock == [("S1", 4, 2), ("S1", 1, 1), ("S1", 0, 2)]
    assert (line.stock_of(1, 2), line.stock_of(3, 1), line.stock_of(5, 0)) == (
        [("S1", 4, 1), ("S1", 1, 1)],
        [("S1", 0, 1)],
        [],
    )


def test_a_bought_line_may_have_a_higher_list_price():
    assert bought("S1", 1, Fen(10), ((0, 1),)).list_price == 10
    line = bought("S1", 1, Fen(10), ((0, 1),), Fen(15))
    assert (line.kind, line.list_price, line.unit, line.runs) == (BOUGHT, 15, 10, (Run(1, Fen(10)),))
