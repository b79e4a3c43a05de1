"""Many claims at once on a real engine, with real threads: exactly as many as there are, one each."""

from __future__ import annotations

from collections import Counter

import pytest

from chalicelib.records.coupons.service import held, templates
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from tests.hardening.engine.test_races import at_once
from tests.records.coupons.wallets import opened, told

pytestmark = pytest.mark.usefixtures("live")
CLAIMS, THERE = 1_000, 100


def test_a_thousand_claims_of_a_hundred_are_a_hundred_one_each():
    template = opened(total=THERE)
    people = [Caller(f"U{n:04d}", "customer") for n in range(CLAIMS)]
    answers = Counter(at_once([lambda who=who: told(template, who) for who in people]))
    assert answers == {f"{template}00": THERE, "COUPON_GONE": CLAIMS - THERE}
    counted = templates.counts(templates.find(template))
    assert (counted.left, counted.had["claim"]) == (0, THERE)
    assert sum(len(held.usable(who.id, world.now())) for who in people) == THERE


def test_one_person_on_many_devices_has_one():
    template = opened(total=THERE)
    answers = Counter(at_once([lambda: told(template)] * 50))
    assert answers == {f"{template}00": 1, "CLAIMED_ENOUGH": 49}
    assert templates.counts(templates.find(template)).left == THERE - 1
