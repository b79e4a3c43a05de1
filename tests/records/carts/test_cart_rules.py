"""When a cart is awaited by nobody, and when it is looked at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.records.carts import rules
from chalicelib.records.carts.rules import Line

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("others", "added", "roused"),
    [
        ([], 1_000, True),
        ([], 999, False),  # it stood there already
        ([900], 1_000, True),  # just so long ago
        ([901], 1_000, False),
        ([100, 901], 1_000, False),
    ],
)
def test_a_cart_is_roused_by_a_new_line_when_nothing_else_came_for_so_long(others, added, roused):
    lines = [Line("A", 1, True, added), *(Line(f"B{n}", 1, True, at) for n, at in enumerate(others))]
    assert rules.roused(lines, "A", 1_000, 100) is roused
    assert rules.roused(lines, "Z", 1_000, 100) is False


def test_a_cart_is_looked_at_on_the_hour_and_never_too_early():
    hour = datetime(2026, 6, 1, 2, tzinfo=UTC)
    assert rules.looked_at(hour, DAY) == hour + DAY
    assert rules.looked_at(hour + timedelta(microseconds=1), DAY) == hour + DAY + HOUR
    assert rules.looked_at(hour + timedelta(minutes=59), timedelta(minutes=1)) == hour + HOUR


def test_the_youngest_line_says_when_a_cart_was_filled():
    assert rules.youngest([Line("A", 1, True, 5), Line("B", 1, False, 9)]) == 9
    assert rules.youngest([]) is None


def test_two_carts_become_one_to_the_line():
    """Pieces are summed up to the most, chosen in either is chosen, ours keep when they came, theirs follow oldest first."""
    ours = {"A": Line("A", 998, False, 5), "B": Line("B", 1, False, 6), "C": Line("C", 2, True, 7)}
    theirs = {
        "Z": Line("Z", 1, True, 2), "Y": Line("Y", 1, True, 2), "X": Line("X", 3, False, 1),
        "A": Line("A", 2, True, 9), "B": Line("B", 998, False, 1), "C": Line("C", 1, False, 1),
    }  # fmt: skip
    lines, left_out = rules.merged(ours, theirs, 5)
    both = [Line("A", 999, True, 5), Line("B", 999, False, 6), Line("C", 3, True, 7)]
    assert list(lines.values()) == [*both, Line("X", 3, False, 1), Line("Y", 1, True, 2)]
    assert left_out == ["Z"]
    assert (len(ours), len(theirs)) == (3, 6)
    assert rules.merged(ours, theirs, 6)[1] == []
    assert rules.merged(ours, {}, 1) == (ours, []), "ours stay, however many"


def test_of_another_cart_the_oldest_comes_in_first_and_of_one_moment_the_first_by_name():
    theirs = {"A": Line("A", 1, True, 9), "B": Line("B", 1, True, 1), "C": Line("C", 1, True, 1)}
    assert [list(rules.merged({}, theirs, most)[0]) for most in (1, 2, 3)] == [["B"], ["B", "C"], ["B", "C", "A"]]
    assert rules.merged({}, dict(reversed(theirs.items())), 1)[1] == ["C", "A"]


def test_a_cart_is_looked_at_at_the_full_hour_to_the_second():
    hour = datetime(2026, 6, 1, 2, tzinfo=UTC)
    assert rules.looked_at(hour + timedelta(minutes=30, seconds=20, microseconds=5), DAY) == hour + DAY + HOUR
