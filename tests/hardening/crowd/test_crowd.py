"""A small crowd under the same turmoil as a large one; and that what is wrong in it is noticed."""

from __future__ import annotations

from datetime import timedelta

from tests.hardening.crowd.__main__ import MOST, run
from tests.hardening.crowd.rule import replay

AT_NIGHTFALL = {
    "first": timedelta(hours=9, minutes=45),
    "spread": timedelta(minutes=30),
}  # the quiet hours begin in between
MUCH = {"kills": 1 / 100, "losses": 1 / 100, "again": 1 / 10}


def test_everybody_of_a_crowd_is_met_once_whoever_dies_and_comes_again():
    wrong, told = run(200, **AT_NIGHTFALL, **MUCH)
    assert wrong == []
    assert told["kills"] > 20
    assert told["losses"] > 20
    assert told["outcomes"]["sent"] > 50
    assert told["delivered"] == told["outcomes"]["sent"]


def test_a_line_that_forgets_what_it_sent_is_noticed():
    wrong, _ = run(
        60, **AT_NIGHTFALL, change=lambda shop: setattr(shop.line, "forgets", True), kills=1 / 30, losses=1 / 30
    )
    assert any("came 2 times" in one for one in wrong)


def test_an_hour_of_the_rule_costs_what_it_may_and_searches_for_nothing():
    told = replay(hours=1)
    assert told["moved"] == told["rows"] > 100
    assert {name: told[name] for name, most in MOST.items() if told[name] > most} == {}
