"""回归礼包: thirty days without a visit, one pack a silence, by the best way that its person agreed to, measured against who is
left alone; and nothing more when the rule runs again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.kernel import holdout
from chalicelib.kernel.clock import instant
from chalicelib.processes.campaigns.conditions import CONDITIONS
from chalicelib.processes.campaigns.service import planning, reporting, silence
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys.model import Enrolment, JourneyTally
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.claims.service import MessageClaim
from tests.processes.notifying.conftest import People
from tests.support import aws, people

from . import shelf
from .conftest import touches
from .shelf import counts

SMS = "marketing_sms"
NAME = "return_pack"
OF_ALL = ("cart_empty", "interest_gone")
DEMANDS = {name: name not in OF_ALL for name in CONDITIONS if name != "silent_days"}  # what holds for nobody here


class Sleepers(People):
    """Customers who came last at the present instant."""

    def sleeper(self, *agreed: str, left_alone: str = "") -> str:
        who = self.new(*agreed, left_alone=left_alone)
        while not left_alone and (holdout.in_holdout(who, NAME) or holdout.in_holdout(who, "coupon_ends")):
            who = self.new(*agreed)
        self.seen(who)
        own = self.work(who)
        silence.await_visit(who, own)
        own.commit()
        return who

    def seen(self, who: str) -> None:
        self.change(who, seen_at=int(self.clock.now().timestamp()))


@pytest.fixture
def sleepers(engine):
    engine.at = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
    outbox.clear()
    yield Sleepers(engine)
    outbox.clear()


@pytest.fixture
def pack(engine):
    template = shelf.coupon()
    shelf.running(NAME, shelf.pack(template))
    return template


def coupons(who: str) -> list[str]:
    return [row.id for row in aws.rows(Coupon) if row.customer == who]


def enrolled() -> list[Enrolment]:
    return aws.rows(Enrolment)


def sent() -> int:
    return len(outbox.latest())


def kept() -> list[str]:
    """All that a run could add to."""
    rows = [*aws.rows(MessageClaim), *aws.rows(Coupon), *aws.rows(Enrolment), *aws.rows(JourneyTally)]
    return [*sorted(str(row.to_simple_dict()) for row in rows), str(touches())]


def test_day_29_no_day_30_yes_and_a_second_run_sends_nothing(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    days.pass_(days=29)
    assert (sent(), enrolled()) == (0, [])
    days.pass_(days=1)
    assert (sent(), enrolled()) == (0, []), "the last visit is known to the hour"
    days.pass_(hours=1, seconds=5)
    days.tick()
    assert (sent(), len(coupons(who)), counts(NAME)["treated"]) == (1, 1, 1)
    before = kept()
    for _ in range(3):
        days.tick(times=2)
    assert kept() == before
    assert sent() == 1


def test_a_visit_on_day_29_at_23_hours_begins_the_count_anew(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    days.clock.advance(timedelta(days=29, hours=23))
    sleepers.seen(who)
    came = days.clock.now()
    days.pass_(hours=3)
    assert (sent(), enrolled()) == (0, [])
    days.clock.at = came + timedelta(days=30, minutes=59)
    days.tick()
    assert sent() == 0
    days.pass_(minutes=2)
    days.tick()
    assert (sent(), len(coupons(who))) == (1, 1)


def test_one_pack_a_silence_however_long_it_is(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    for _ in range(4):
        days.pass_(days=31)
        days.tick()
    assert (sent(), len(coupons(who)), len(enrolled())) == (1, 1, 1)


def test_at_most_two_packs_in_180_days(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    for _ in range(4):
        days.pass_(days=32)
        days.tick()
        days.pass_(hours=1)
        sleepers.seen(who)
    assert (sent(), len(coupons(who))) == (2, 2)
    days.pass_(days=95)
    days.tick()
    assert sent() == 3, "the first of them is more than 180 days ago"


def test_e77_whoever_comes_again_between_selection_and_send_gets_nothing(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    days.pass_(days=30, hours=2)
    assert [row.state for row in enrolled()] == ["under_way"]
    sleepers.seen(who)
    days.tick()
    (row,) = enrolled()
    assert (row.state, row.why, sent(), coupons(who)) == ("stopped", "returned", 0, [])


def test_who_is_left_alone_gets_neither_message_nor_pack_and_is_compared(sleepers, pack, days):
    alone = sleepers.sleeper(SMS, left_alone=NAME)
    control = sleepers.sleeper(SMS, left_alone="control")
    days.pass_(days=30, hours=2)
    days.tick()
    ended = {(row.state, row.why, row.arm) for row in enrolled()}
    assert ended == {("left_alone", "holdout", "compared"), ("left_alone", "control", "compared")}
    assert (sent(), coupons(alone), coupons(control)) == (0, [], [])
    assert counts(NAME)["compared"] == 2


def test_m032_both_arms_pass_the_same_consent(sleepers, pack, days):
    sleepers.sleeper()
    sleepers.sleeper(left_alone=NAME)
    days.pass_(days=30, hours=2)
    days.tick()
    assert {(row.state, row.why, row.arm) for row in enrolled()} == {("kept_back", "consent", None)}
    told = counts(NAME)
    assert ("treated" in told, "compared" in told) == (False, False)


def test_in_the_night_it_waits_for_the_morning_and_is_judged_again(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    days.pass_(days=30, hours=14)  # midnight in the shop
    days.tick()
    assert (sent(), coupons(who)) == (0, [])
    days.pass_(hours=9)
    days.tick()
    assert (sent(), len(coupons(who))) == (1, 1)


def test_m007_nobody_is_met_twice_whom_the_selection_found_twice(sleepers, pack, days):
    sleepers.sleeper(SMS)
    days.pass_(days=30, hours=2)
    days.tick(times=2)
    days.tick(times=2)
    assert sent() == 1


def test_a_journey_that_was_ended_sends_nothing_more_and_one_that_is_paused_waits(sleepers, pack, days):
    sleepers.sleeper(SMS)
    days.pass_(days=30, hours=2)
    shelf.move(NAME, "pause")
    days.pass_(minutes=20)
    assert (sent(), [row.state for row in enrolled()]) == (0, ["under_way"])
    shelf.move(NAME, "start")
    shelf.move(NAME, "end")
    days.pass_(minutes=20)
    assert (sent(), [(row.state, row.why) for row in enrolled()]) == (0, [("stopped", "ended")])


def test_whoever_falls_silent_while_it_is_paused_enters_when_it_goes_on(sleepers, pack, days):
    sleepers.sleeper(SMS)
    shelf.move(NAME, "pause")
    days.pass_(days=30, hours=2)
    assert enrolled() == []
    shelf.move(NAME, "start")
    days.pass_(days=1)
    days.tick()
    assert sent() == 1


def test_whether_they_came_again_within_fourteen_days_is_counted_once_for_both_arms(sleepers, pack, days):
    met, alone = sleepers.sleeper(SMS), sleepers.sleeper(SMS, left_alone=NAME)
    days.pass_(days=30, hours=2)
    days.tick()
    days.pass_(days=3)
    sleepers.seen(met)
    days.pass_(days=12)
    days.tick(times=2)
    told = counts(NAME)
    assert (told["treated_seen"], told["treated_back"]) == (1, 1)
    assert (told["compared_seen"], told.get("compared_back", 0)) == (1, 0)
    assert {row.person: row.back for row in enrolled()} == {met: 1, alone: 0}
    assert instant(0) < enrolled()[0].since


def test_people_under_way_finish_the_version_they_entered(sleepers, pack, days):
    who = sleepers.sleeper(SMS)
    days.pass_(days=30, hours=2)
    own = shelf.work()

    planning.plan(
        NAME, 1, shelf.pack(pack, steps=[{"message": {"template": "cart_waits", "purpose": "marketing"}}]), own
    )
    own.commit()
    days.tick()
    assert (sent(), len(coupons(who))) == (1, 1)
    assert "回归礼包" in outbox.latest()[0].text


def test_a_forecast_says_how_many_whom_not_and_what_it_costs_and_sends_nothing(sleepers, pack, days):
    for agreed in ([SMS], [SMS], []):
        sleepers.sleeper(*agreed)
    sleepers.sleeper(SMS, left_alone=NAME)
    back = sleepers.sleeper(SMS)
    days.clock.advance(timedelta(days=10))
    sleepers.seen(back)
    before = kept()
    told = reporting.forecast(NAME, date(2026, 7, 1), shelf.work())
    assert (told.due, told.sent, told.fen, told.whole) == (5, 2, 10, True)
    assert told.skipped == {"consent": 1, "holdout": 1, "came again": 1}
    assert (kept(), sent()) == (before, 0)
    assert reporting.forecast(NAME, date(2026, 7, 2), shelf.work()).due == 0
    assert reporting.forecast(NAME, None, shelf.work()).due == 0
    days.clock.advance(timedelta(days=20))
    assert reporting.forecast(NAME, None, shelf.work()).due == 5, "today, where no day is named"


def test_operators_are_told_a_forecast_whatever_the_journey_demands(front, sleepers, pack, days):
    sleepers.sleeper(SMS)
    sleepers.sleeper()
    operator = people.member(front, "operator")
    foresee = lambda: front.get(f"/v1/admin/journeys/{NAME}/forecast?day=2026-07-01", token=operator.token)
    told = foresee()
    assert (told.status, told.json["due"], told.json["sent"], told.json["skipped"]) == (200, 2, 1, {"consent": 1})
    assert told.json["cost"]["fen"] == 5
    plan = shelf.pack(pack)
    for version, (condition, wanted) in enumerate(DEMANDS.items(), 1):
        own = shelf.work()  # by the record alone: also what was planned before it was refused for silence is foreseen
        journeys.plan(NAME, version, {**plan, "when": {**plan["when"], condition: wanted}}, own)
        own.commit()
        told = foresee()
        assert (told.status, told.json["skipped"]) == (200, {"conditions": 2}), condition
