"""When a SKU is to be improved, and which plan is for which goods: to the boundary."""

from __future__ import annotations

import pytest

from chalicelib.records.care.rules import Grievance, Spoken, alarming, nearest


def judged(answers: int, promoters: int, detractors: int, **more: int) -> Grievance | None:
    named = {name: count for name, count in more.items() if name not in ("least", "nps", "percent")}
    bounds = {"least": 20, "nps": -10, "percent": 30} | {n: more[n] for n in ("least", "nps", "percent") if n in more}
    return alarming(Spoken(answers, promoters, detractors, named), **bounds)


def test_below_the_nps_and_not_at_it():
    assert judged(20, 8, 10) is None
    assert judged(20, 8, 11) == Grievance("nps", -15)


def test_from_so_many_answers_on():
    assert judged(19, 0, 19) is None
    assert judged(20, 0, 20) == Grievance("nps", -100)


def test_in_more_than_so_many_of_a_hundred_and_not_in_so_many():
    assert judged(20, 10, 0, damaged=6) is None
    assert judged(20, 10, 0, damaged=7) == Grievance("damaged", 35)
    assert judged(20, 10, 0, effective=20) is None, "praise is no complaint"


def test_of_several_complaints_the_loudest_is_told_whatever_its_name():
    assert judged(20, 10, 0, damaged=9, no_effect=8) == Grievance("damaged", 45)
    assert judged(20, 10, 0, damaged=8, no_effect=9) == Grievance("no_effect", 45)


def test_what_nobody_named_is_no_complaint_where_one_has_answered():
    assert judged(1, 1, 0, least=1, damaged=0) is None
    assert judged(1, 1, 0, least=1) is None


@pytest.mark.parametrize(
    ("promoters", "detractors", "nps"), [(2, 1, 33), (1, 2, -33), (1, 1, 0), (3, 0, 100), (0, 3, -100)]
)
def test_an_nps_is_rounded_towards_nought(promoters, detractors, nps):
    assert Spoken(3, promoters, detractors, {}).nps == nps


def test_of_nobody_nothing_is_said():
    silent = Spoken(0, 0, 0, {})
    assert (silent.nps, silent.share("damaged")) == (0, 0)
    assert Spoken(3, 0, 0, {"damaged": 2}).share("damaged") == 66
    assert Spoken(3, 0, 0, {}).share("damaged") == 0


def test_the_nearest_plan_above_goods_is_theirs():
    assert nearest(["A", "B", "C"], {"A": 1, "B": 1}) == "B"
    assert nearest(["A", "B", "C"], {"C": 1}) == "C"
    assert nearest(["A"], {"B": 1}) is None
