"""生日礼: a gift once a calendar year, some days before; a birthday that was only just said, or said anew, brings none sooner."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.processes.campaigns.service import birthdays, planning
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.identity.accounts.rules import BirthdayKept, BirthdayWrong, born_on
from chalicelib.records.identity.self.service import profile
from chalicelib.records.messages.channels import outbox
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import aws

from . import shelf
from .conftest import touches
from .test_return_pack import SMS, Sleepers, enrolled

NAME = "birthday"


@pytest.fixture
def reader(engine, bus):
    """Somebody who agreed to offers, on the first of January 2026."""
    engine.at = datetime(2026, 1, 1, 2, tzinfo=UTC)
    plan = planning.shipped()[NAME]
    template = shelf.coupon()
    shelf.running(NAME, {**plan, "steps": [{"gift": [template]}, *plan["steps"][1:]]})
    who = Sleepers(engine).sleeper(SMS)
    outbox.clear()
    yield Caller(who, "customer")
    outbox.clear()


def says(who: Caller, text: str, days) -> None:
    own = Work(who, "test")
    profile.edit(own, birthday=text)
    if own.pending:
        own.commit()
    days.bus.run()


def awaited() -> list[datetime]:
    return [one.at.astimezone(SHOP_ZONE) for one in touches() if one.kind == birthdays.KIND]


def until(days, *day: int) -> None:
    """Pass to ten in the morning of a day."""
    days.clock.at = datetime(*day, 2, tzinfo=UTC)
    days.tick(times=2)
    days.tick(times=2)


def gifts(who: Caller) -> int:
    return len([row for row in aws.rows(Coupon) if row.customer == who.id])


def test_a_gift_comes_a_week_before_once_and_the_row_moves_on_by_a_year(reader, days):
    says(reader, "05-20", days)
    assert awaited() == [datetime(2026, 5, 13, 9, tzinfo=SHOP_ZONE)]
    until(days, 2026, 5, 12)
    assert (gifts(reader), enrolled()) == (0, [])
    until(days, 2026, 5, 13)
    until(days, 2026, 5, 20)
    assert (gifts(reader), len(outbox.latest())) == (1, 1)
    assert "生日快乐" in outbox.latest()[0].text
    assert [(row.occasion, row.state) for row in enrolled()] == [("2026", "done")]
    assert awaited() == [datetime(2027, 5, 13, 9, tzinfo=SHOP_ZONE)]


def test_who_agreed_to_no_offers_is_given_the_gift_and_told_nothing(engine, reader, days):
    who = Caller(Sleepers(engine).new(phone=False, email=True), "customer")
    Sleepers(engine).seen(who.id)
    says(who, "05-20", days)
    until(days, 2026, 5, 13)
    assert (gifts(who), outbox.latest()) == (1, [])


def test_a_birthday_that_was_said_within_thirty_days_is_celebrated_the_year_after(reader, days):
    says(reader, "01-20", days)
    assert awaited() == [datetime(2027, 1, 13, 9, tzinfo=SHOP_ZONE)]


def test_whoever_changes_their_birthday_collects_no_second_gift(reader, days):
    says(reader, "05-20", days)
    until(days, 2026, 5, 13)
    assert gifts(reader) == 1
    with pytest.raises(BirthdayKept) as refused:
        says(reader, "08-01", days)
    assert refused.value.params["day"] == "2027-01-01"
    until(days, 2027, 1, 1)
    says(reader, "02-15", days)
    assert len(awaited()) == 2
    until(days, 2027, 2, 8)
    assert gifts(reader) == 1, "the last is not three hundred days ago"
    until(days, 2027, 5, 13)
    assert (gifts(reader), awaited()) == (1, [datetime(2028, 2, 8, 9, tzinfo=SHOP_ZONE)])


def test_leaving_it_out_between_two_says_nothing_new_and_takes_the_row_away_when_it_fires(reader, days):
    says(reader, "05-20", days)
    says(reader, "", days)
    with pytest.raises(BirthdayKept):
        says(reader, "06-20", days)
    until(days, 2026, 5, 13)
    assert (gifts(reader), awaited()) == (0, [])


def test_while_it_is_paused_a_birthday_waits_and_is_not_lost(reader, days):
    says(reader, "05-20", days)
    shelf.move(NAME, "pause")
    until(days, 2026, 5, 13)
    assert (gifts(reader), len(awaited())) == (0, 1)
    shelf.move(NAME, "start")
    until(days, 2026, 5, 15)
    assert gifts(reader) == 1


def test_a_worker_that_comes_days_late_gives_the_gift_still_and_behind_the_day_no_more(reader, days):
    says(reader, "05-20", days)
    days.tick()  # it was swept until then
    until(days, 2026, 5, 21)
    assert (gifts(reader), awaited()) == (0, [datetime(2027, 5, 13, 9, tzinfo=SHOP_ZONE)])


# ---- the profile ------------------------------------------------------------------------------------------------------
def test_a_person_says_their_birthday_sees_it_and_forgets_it(front, customer):
    ask = lambda body: front.request("PATCH", "/v1/me", body, token=customer.token)
    assert front.get("/v1/me", token=customer.token).json["birthday"] is None
    assert ask({"birthday": "02-29"}).status == 204
    assert front.get("/v1/me", token=customer.token).json["birthday"] == "02-29"
    assert ask({"birthday": "02-29"}).status == 204
    assert ask({"birthday": "03-01"}).json["code"] == "BIRTHDAY_KEPT"
    assert ask({"birthday": ""}).status == 204
    assert front.get("/v1/me", token=customer.token).json["birthday"] is None


@pytest.mark.parametrize("text", ["02-30", "13-01", "00-10", "04-31", "01-00"])
def test_a_day_that_there_is_not_is_no_birthday(front, customer, text):
    assert front.request("PATCH", "/v1/me", {"birthday": text}, token=customer.token).json["code"] == "BIRTHDAY_WRONG"
    with pytest.raises(BirthdayWrong):
        born_on(text)
