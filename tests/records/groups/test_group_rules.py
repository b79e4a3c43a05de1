"""When a post may go out, whose segment is whose, and what a file of members says: to the letter."""

from __future__ import annotations

from datetime import datetime

import pytest

from chalicelib.records.groups import rules


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-{text}+08:00")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("01T07:59:59", "01T08:00:00"), ("01T08:00:00", None), ("01T21:59:59", None), ("01T22:00:00", "02T08:00:00"),
        ("01T23:59:59", "02T08:00:00"), ("02T00:00:00", "02T08:00:00"),
    ],
)  # fmt: skip
def test_the_quiet_hours_begin_with_22_and_end_before_8(now, until):
    assert rules.waits_until(at(now)) == (at(until) if until else None)


def test_the_next_morning_is_the_next_days_at_every_hour():
    assert rules.morning(at("01T00:30:00")) == rules.morning(at("01T23:30:00")) == at("02T08:00:00")


def test_a_segment_tells_its_group_and_another_none():
    assert rules.group_of(rules.segment("G1")) == "G1"
    assert rules.group_of("vip") == rules.group_of("groupG1") == ""


def test_members_are_the_first_column_each_once_without_the_heading():
    assert rules.read_members('\ufeffmember,since\n"U1",x\nU2\n\n U1 \nmember\n') == ["U1", "U2", "member"]


@pytest.mark.parametrize(("text", "line"), [("U1\nU 2", 2), ("é", 1), (f"{'x' * 65}", 1)])
def test_what_is_no_member_is_told_with_its_line(text, line):
    with pytest.raises(rules.GroupImportUnreadable) as told:
        rules.read_members(text)
    assert told.value.params == {"line": line}


def test_so_many_members_and_not_one_more():
    assert len(rules.read_members("\n".join(f"m{n}" for n in range(rules.MOST_MEMBERS)))) == rules.MOST_MEMBERS == 5000
    with pytest.raises(rules.GroupImportUnreadable) as told:
        rules.read_members("\n".join(f"m{n}" for n in range(5001)))
    assert told.value.params == {"line": 5001}
    assert rules.read_members("Member\nU1,member,x,y\nU1") == ["U1"]
    assert rules.read_members("\nmember\nU1") == ["member", "U1"], "a heading stands first"


def test_a_member_keeps_the_letters_of_their_name():
    assert rules.read_members('X1X\n"X2X"\n') == ["X1X", "X2X"]
