"""The pack for newcomers: once to everybody who registers, and not again to who was known before."""

from __future__ import annotations

import pytest

from chalicelib.records.coupons.service import held, newcomers, templates
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.coupons.wallets import act, claim, fixed, opened
from tests.support.doors import done
from tests.support.world import minutes

pytestmark = pytest.mark.usefixtures("engine")


def usable(customer: str) -> set[str]:
    return {one.template for one in held.usable(customer, world.now())}


def welcome(customer: str, *marks: str) -> None:
    done(newcomers.welcome, customer, marks)


def test_who_is_known_by_a_mark_has_none_again():
    template = opened(newcomer=True)
    welcome("U1", "phone", "device")
    welcome("U2", "other", "device")
    welcome("U3", "phone")
    welcome("U4", "third")
    welcome("U5")
    assert [usable(f"U{n}") for n in range(1, 6)] == [{template}, set(), set(), {template}, {template}]


def test_a_pack_that_somebody_claimed_from_already_is_completed():
    first, second = opened(newcomer=True), opened(newcomer=True)
    claim(first, Caller("U1", "customer"))
    welcome("U1", "m")
    welcome("U1", "m")
    assert usable("U1") == {first, second}
    assert templates.counts(templates.find(first)).had == {"claim": 1, "code": 0, "grant": 0, "newcomer": 0, "gift": 0}


def test_what_is_gone_closed_or_over_is_not_in_the_pack(engine):
    gone, closed = opened(newcomer=True, total=1), opened(newcomer=True)
    opened(newcomer=True, **fixed(minutes(0), minutes(5)))
    claim(gone, Caller("U9", "customer"))
    act(templates.move, closed, 2, "close")
    engine.advance(minutes(5))
    welcome("U1", "m")
    assert usable("U1") == set()
    act(templates.move, closed, 3, "open")
    welcome("U1", "m")
    assert usable("U1") == {closed}, "nothing was given, so nobody was guarded against"


def test_a_template_that_changes_meanwhile_is_looked_at_again():
    template = opened(newcomer=True)
    work = Work(Caller("coupons.welcome", "worker"), "test", key="event", consumer=True)
    newcomers._give_pack("U1", ["m"], work)
    act(templates.move, template, 2, "close")
    act(templates.move, template, 3, "open")
    done(newcomers.welcome, "U1", ["m"], work=Work(Caller("coupons.welcome", "worker"), "test", key="event"))
    assert usable("U1") == {template}
