"""New arrivals for who bought: by their consent to that, once a day, and no more once it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel import holdout
from chalicelib.processes.campaigns.events import ArrivalsPageDue
from chalicelib.processes.campaigns.service import arrivals
from chalicelib.records.identity.accounts.service import consents
from chalicelib.records.messages.channels import outbox
from chalicelib.records.watching import rules
from chalicelib.records.watching import service as watching
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.catalog import goods

from . import shelf
from .test_return_pack import Sleepers, enrolled
from .test_told import arrives, said, start, watch

MINE = ("marketing_sms", "personalisation")


@pytest.fixture
def buyer(engine, bus):
    people = Sleepers(engine)
    while holdout.in_holdout(who := people.sleeper(*MINE), "new_arrivals"):
        pass
    outbox.clear()
    yield Caller(who, "customer")
    outbox.clear()


@pytest.fixture
def shelves(engine, buyer):
    engine.at = engine.at.replace(hour=1, minute=0, second=0, microsecond=0)  # nine in the morning
    start("new_arrivals")
    return goods.category("arrived")


def buys(who: Caller, *categories: str) -> None:
    own = Work(who, "test")
    watching.note_bought(who.id, categories, own)
    own.commit()


def takes_back(who: Caller, purpose: str = "personalisation") -> None:
    own = Work(who, "test")
    consents.withdraw(who.id, purpose, own, way="account")
    own.commit()


def told(days) -> list[bool]:
    days.pass_(hours=1, minutes=1)
    days.tick(times=3)
    days.tick(times=3)
    return ["新品上架" in one for one in said()]


def test_whoever_bought_in_a_category_is_told_once_a_day_of_what_is_new_there(buyer, days, shelves):
    buys(buyer, shelves, goods.category("other"))
    arrives(shelves, days)
    arrives(shelves, days)
    assert told(days) == [True]
    assert [row.occasion.endswith(".bought") for row in enrolled()] == [True]


def test_whoever_bought_and_watches_is_told_once(buyer, days, shelves):
    buys(buyer, shelves)
    watch(buyer, shelves)
    arrives(shelves, days)
    assert told(days) == [True]


def test_whoever_bought_elsewhere_is_not_told(buyer, days, shelves):
    buys(buyer, goods.category("other"))
    arrives(shelves, days)
    assert (told(days), enrolled()) == ([], [])


def test_what_was_bought_counts_for_a_year(buyer, days, shelves):
    buys(buyer, shelves)
    page = ArrivalsPageDue(shelves, "20260601", "", rules.BOUGHT)
    days.clock.advance(rules.BOUGHT_COUNTS)
    arrivals.take_page(page, shelf.work())
    assert enrolled() == []
    days.clock.advance(timedelta(seconds=-1))
    arrivals.take_page(page, shelf.work())
    assert len(enrolled()) == 1


def test_who_took_it_back_is_left_out_before_anything_is_cleared(buyer, shelves):
    buys(buyer, shelves)
    takes_back(buyer)
    arrivals.take_page(ArrivalsPageDue(shelves, "20260601", "", rules.BOUGHT), shelf.work())
    assert enrolled() == []


def test_who_takes_it_back_between_being_chosen_and_the_message_is_not_told(buyer, days, shelves):
    buys(buyer, shelves)
    arrivals.take_page(ArrivalsPageDue(shelves, "20260601", "", rules.BOUGHT), shelf.work())
    takes_back(buyer)
    days.pass_(minutes=6)
    days.tick()
    assert (said(), [(row.state, row.why) for row in enrolled()]) == ([], [("stopped", "interest_gone")])


def test_who_watches_no_more_by_the_time_of_the_message_is_not_told(buyer, days, shelves):
    watch(buyer, shelves)
    arrivals.take_page(ArrivalsPageDue(shelves, "20260601", ""), shelf.work())
    own = Work(buyer, "test")
    watching.remove("arrival", shelves, own)
    own.commit()
    days.pass_(minutes=6)
    days.tick()
    assert (said(), [(row.state, row.why) for row in enrolled()]) == ([], [("stopped", "interest_gone")])


def test_those_who_bought_are_taken_page_by_page_also_where_a_page_has_nobody_who_agrees(buyer, shelves):
    for n in range(4):
        buys(Caller(f"U{n:026d}", "customer"), shelves)
    buys(buyer, shelves)
    seen, after = [], ""
    for _ in range(3):
        own = shelf.work()
        arrivals.take_page(ArrivalsPageDue(shelves, "20260601", after, rules.BOUGHT), own, page=2)
        seen += [(fact.after, fact.by) for fact, _ in own._facts]
        after = seen[-1][0]
    assert seen == [(f"U{1:026d}", "bought"), (f"U{3:026d}", "bought")]
    assert [row.person for row in enrolled()] == [buyer.id]
