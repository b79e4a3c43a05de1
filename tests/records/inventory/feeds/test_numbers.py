"""The arithmetic of the numbers of a source that skips none."""

from __future__ import annotations

from itertools import permutations

from chalicelib.records.inventory.feeds.rules import MOST_GAPS, MOST_SEQ, FeedNumbers, counted_on, seqs_of

NEW = FeedNumbers()


def test_every_order_and_any_repetition_of_numbers_ends_alike():
    for seqs in permutations((4, 5, 8, 11)):
        found = NEW
        for seq in seqs:
            found = counted_on(found, [seq, seqs[0]])
        missed = {n for first, last in found.gaps for n in range(first, last + 1)}
        assert (found.high, missed) == (11, set(range(seqs[0], 12)) - {*seqs})


def test_a_gap_is_closed_from_either_end_and_split_in_the_middle():
    known = FeedNumbers(9, ((3, 7),))
    assert counted_on(known, [3]).gaps == ((4, 7),)
    assert counted_on(known, [7]).gaps == ((3, 6),)
    assert counted_on(known, [5]).gaps == ((3, 4), (6, 7))
    assert counted_on(known, [2, 8, 9]) == known
    assert counted_on(known, [10]) == FeedNumbers(10, ((3, 7),))
    assert counted_on(known, [11]) == FeedNumbers(11, ((3, 7), (10, 10)))


def test_the_latest_gaps_are_kept():
    found = counted_on(NEW, range(0, 2 * MOST_GAPS + 10, 2))
    assert (len(found.gaps), found.gaps[-1]) == (MOST_GAPS, (2 * MOST_GAPS + 7, 2 * MOST_GAPS + 7))


def test_a_number_is_read_from_whatever_tells_one():
    assert seqs_of([{"seq": 3}, {"seq": "4"}, {"seq": -1}, {"seq": "x"}, {"seq": None}, {}, "row", None, 5]) == [3, 4]
    assert seqs_of([{"seq": 0}, {"seq": MOST_SEQ}, {"seq": MOST_SEQ + 1}]) == [0, MOST_SEQ]
