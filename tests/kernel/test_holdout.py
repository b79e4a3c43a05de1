"""Who is left alone: a fixed share of people, another one for each salt."""

from __future__ import annotations

from chalicelib.kernel import holdout

PEOPLE = [f"U{number:026d}" for number in range(20_000)]


def test_a_bucket_is_the_same_each_time_and_within_ten_thousand():
    assert holdout.bucket("a", "U1") == holdout.bucket("a", "U1") == 3364
    assert all(0 <= holdout.bucket("a", one) < 10_000 for one in PEOPLE[:500])


def test_two_of_a_hundred_are_in_the_control_of_a_year_and_ten_in_the_holdout_of_a_campaign():
    control = sum(holdout.in_control(one, 2026) for one in PEOPLE)
    out = sum(holdout.in_holdout(one, "return") for one in PEOPLE)
    assert 340 < control < 460
    assert 1880 < out < 2120


def test_another_year_and_another_campaign_leave_others_alone():
    both = sum(holdout.in_control(one, 2026) and holdout.in_control(one, 2027) for one in PEOPLE)
    twice = sum(holdout.in_holdout(one, "a") and holdout.in_holdout(one, "b") for one in PEOPLE)
    assert both < 25
    assert 140 < twice < 260


def test_a_bucket_on_the_border_is_outside():
    at = {holdout.bucket("control#2026", one): one for one in (f"V{n}" for n in range(60_000))}
    assert holdout.in_control(at[holdout.CONTROL - 1], 2026)
    assert not holdout.in_control(at[holdout.CONTROL], 2026)
    border = {holdout.bucket("campaign#x", one): one for one in (f"V{n}" for n in range(60_000))}
    assert holdout.in_holdout(border[holdout.HOLDOUT - 1], "x")
    assert not holdout.in_holdout(border[holdout.HOLDOUT], "x")
