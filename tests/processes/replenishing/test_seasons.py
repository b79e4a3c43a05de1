"""A season from its plan to its end: tasks come due, weeks are counted, who strays is told, what is left is marked down."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.replenishing.seasons import service
from chalicelib.records.proposals import service as proposals
from chalicelib.records.proposals.model import Proposal
from chalicelib.records.replenishment.seasons import service as seasons
from chalicelib.records.replenishment.seasons.rules import SeasonMoved
from chalicelib.records.replenishment.seasons.service import SeasonData
from chalicelib.runtime.caller import Caller, worker
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.doors import done
from tests.support.shelf import sell

from .shelves import DAY, heard, known, sold

CLERK = Caller("S01JZ0000000000000000000000", "operator")
STARTS = date(2026, 12, 7)  # 189 days after the first of June


def plan(*skus, weeks=2, **said):
    data = {"units": 100, "growth": 0, "spread": 30, "gain": 5000, "loss": 5000, **said}
    ends = STARTS + timedelta(7 * weeks - 1)
    return done(service.draft, SeasonData("Coats", skus, "MAIN", STARTS, ends, **data), work=Work(CLERK, "test")).id


def active(*skus, **said):
    season = plan(*skus, **said)
    done(seasons.activate, season, work=Work(CLERK, "test"))
    return season


def until(engine, bus, day, hour=10):
    """The clock stands at an hour of the shop's on a day, and what is due by then has come."""
    target = (day - date(2026, 6, 1)).days
    engine.advance(target * DAY - (engine.now() - BEGUN) + timedelta(hours=hour - 10))
    return bus.run()


BEGUN = None


@pytest.fixture(autouse=True)
def begun(engine):
    global BEGUN
    BEGUN = engine.now()


def told(bus, name):
    return bus.told.count(name)


def test_tasks_come_due_on_their_days_once_and_are_dealt_with_once(shop, bus, engine):
    season = active(shop.red)
    until(engine, bus, STARTS - timedelta(180), 8)
    assert set(seasons.tasks_of(seasons.find(season)).values()) == {"waiting"}
    until(engine, bus, STARTS - timedelta(180), 9)
    assert seasons.tasks_of(seasons.find(season))["confirm"] == "due"
    done(seasons.finish_task, season, "confirm", "done", work=Work(CLERK, "test"))
    until(engine, bus, STARTS - timedelta(90))
    tasks = seasons.tasks_of(seasons.find(season))
    assert tasks == {"confirm": "done", "first_buy": "due", "second_buy": "due", "received": "due"}
    assert told(bus, "season.task_opened") == 4


def test_a_plan_made_late_has_its_tasks_at_once(shop, bus, engine):
    until(engine, bus, STARTS - timedelta(120))
    season = active(shop.red)
    bus.run()
    tasks = seasons.tasks_of(seasons.find(season))
    assert tasks == {"confirm": "due", "first_buy": "due", "second_buy": "due", "received": "waiting"}


def test_a_draft_and_a_cancelled_plan_do_nothing(shop, bus, engine):
    plan(shop.red)
    season = active(shop.red)
    done(seasons.cancel, season, work=Work(CLERK, "test"))
    until(engine, bus, STARTS + timedelta(60))
    assert (told(bus, "season.task_opened"), told(bus, "season.strayed"), seasons.find(season).weeks_over) == (0, 0, 0)


def test_last_year_is_what_is_expected(shop):
    """The week of 8 December 2025 and the next one, of two SKUs; the shelf is counted until 1 June."""
    heard(shop.red)
    heard(shop.blue)
    known(shop.red, *[0] * 10, 4, 6, *[9] * 23)
    known(shop.blue, 6, 4, *[0] * 23)
    row = seasons.find(plan(shop.red, shop.blue, units=None, growth=50))
    assert seasons.expected_of(row) == [15, 15]


def test_weeks_are_counted_once_and_who_strays_is_told_once(shop, bus, engine):
    season = active(shop.red, shop.blue, weeks=3, units=300)
    ago = lambda day: -(STARTS - date(2026, 6, 1)).days - day
    sold(shop.red, (ago(0), 30), (ago(6), 20), (ago(7), 40))
    sold(shop.blue, (ago(3), 10), (ago(13), 10), (ago(-1), 500))
    until(engine, bus, STARTS + timedelta(7))
    row = seasons.find(season)
    assert (row.weeks_over, row.sold, row.strays) == (1, 60, "under")
    until(engine, bus, STARTS + timedelta(14))
    row = seasons.find(season)
    assert (row.weeks_over, row.sold, row.strays) == (2, 110, "under")
    assert told(bus, "season.strayed") == 1
    done(service.count_week, season, 1, work=Work(worker("w"), "test"))
    assert seasons.find(season).sold == 110


def test_what_is_left_is_proposed_down_the_ladder_in_the_plans_owners_name_until_nothing_is(shop, bus, engine):
    season = active(shop.red, shop.blue, weeks=1)
    sell(shop.red, 5)
    until(engine, bus, STARTS + timedelta(7))
    rows = list(aws.rows(Proposal))
    (row,) = rows
    assert (row.kind, row.about, row.proposed_by, row.state) == ("sku_price", shop.blue, CLERK.id, "open")
    assert (json.loads(row.before), json.loads(row.after)) == ({"price": 12_000}, {"price": 6_000})
    assert "clearance" in proposals.why(row)
    assert seasons.find(season).state == "clearing"
    sell(shop.blue, 200)
    until(engine, bus, STARTS + timedelta(22))
    assert seasons.find(season).state == "done"
    assert len(aws.rows(Proposal)) == 1


def test_clearing_ends_after_four_steps(shop, bus, engine):
    season = active(shop.blue, weeks=1)
    until(engine, bus, STARTS + timedelta(7 + 13))
    assert len(aws.rows(Proposal)) == 1
    for days in (21, 35, 49, 90):
        until(engine, bus, STARTS + timedelta(days))
    assert (seasons.find(season).state, len(aws.rows(Proposal))) == ("done", 4)
    done(service.clear, season, 1, work=Work(worker("w"), "test"))
    assert len(aws.rows(Proposal)) == 4


def test_two_who_change_a_plan_at_once_are_one(shop):
    season = plan(shop.red)
    first, second = Work(CLERK, "test"), Work(CLERK, "test")
    seasons.activate(season, first)
    seasons.cancel(season, second)
    first.commit()
    with pytest.raises(CommitRejected) as refused:
        second.commit()
    assert refused.value.only(SeasonMoved)


def test_operators_plan_a_season_over_the_routes(front, shop, bus, engine):
    clerk = people.member(front, "operator", fresh=True)
    body = {
        "name": "羽绒服", "skus": [shop.red, shop.red], "starts": "2026-12-07", "ends": "2026-12-20", "units": 100,
        "gain_fen": 5000, "loss_fen": 5000,
    }  # fmt: skip

    def post(path="", said=None):
        return front.post(f"/v1/admin/season-plans{path}", said, token=clerk.token)

    code = lambda **other: post(said={**body, **other}).json["code"]
    assert code(skus=["P01JZ000000000000000000000001"]) == "SKU_NOT_FOUND"
    assert code(location="NOWHERE") == "LOCATION_NOT_FOUND"
    assert code(starts="2026-08-29") == "SEASON_TOO_NEAR"
    assert code(ends="2026-12-07") == "SEASON_DATES_WRONG"
    assert code(units=None) == "SEASON_UNITS_UNKNOWN"
    made = post(said=body)
    assert made.status == 201
    plan = made.json
    assert (plan["skus"], plan["weekly"], plan["buy_units"], plan["first_buy"]) == ([shop.red], [50, 50], 97, 59)
    one = f"/{plan['id']}"
    get = lambda path="": front.get(f"/v1/admin/season-plans{path}", token=clerk.token)
    assert get("/Z01JZ0000000000000000000000").json["code"] == "SEASON_NOT_FOUND"
    assert get().json["items"] == []
    assert [each["id"] for each in get("?state=draft").json["items"]] == [plan["id"]]
    put = lambda task, outcome="done": front.put(
        f"/v1/admin/season-plans{one}/tasks/{task}", {"outcome": outcome}, token=clerk.token
    )
    assert put("confirm").json["code"] == "SEASON_TASK_NOT_DUE"
    assert post(f"{one}/activation").status == 204
    assert post(f"{one}/activation").json["code"] == "SEASON_STATE_CONFLICT"
    until(engine, bus, date(2026, 6, 11))
    clerk = people.member(front, "operator", fresh=True)
    assert put("dance").json["code"] == "SEASON_TASK_NOT_FOUND"
    assert put("confirm", "skipped").status == 204
    assert put("confirm").json["code"] == "SEASON_TASK_NOT_DUE"
    assert [task["state"] for task in get(one).json["tasks"]] == ["skipped", "waiting", "waiting", "waiting"]
    assert post(f"{one}/cancellation").status == 204
    assert get(one).json["state"] == "cancelled"
