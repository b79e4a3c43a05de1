"""Journeys at the operators' door: planned as data by the same checks as what is shipped, moved, reported, foreseen."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.processes.campaigns.service import planning
from chalicelib.processes.campaigns.service.entering import KIND
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys import steps
from chalicelib.records.journeys.rules import MOST_STEPS, JourneyPlanWrong, parse
from chalicelib.records.messages.templates import service as templates
from tests.support import people

from . import shelf
from .shelf import pack

BASE = "/v1/admin/journeys"
GOOD = {
    "title": {"zh": "试", "en": "Try"},
    "serves": "silent",
    "trigger": "silence",
    "steps": [{"message": {"template": "cart_waits", "purpose": "marketing"}}],
}


@pytest.fixture
def operator(front):
    return people.member(front, "operator")


def ask(front, who, method, path, body=None, **more):
    return front.request(method, f"{BASE}{path}", body, token=who.token, **more)


def test_every_shipped_plan_is_understood_and_names_the_stage_of_life_it_serves():
    for name, plan in planning.shipped().items():
        planning.require_understood(parse(plan))
        assert plan["serves"], name


def test_a_journey_is_planned_started_planned_anew_paused_and_ended(front, operator):
    made = ask(front, operator, "POST", "", {"name": "trial", "plan": GOOD}, key="a")
    assert (made.status, made.json) == (201, {"name": "trial", "version": 1})
    assert ask(front, operator, "POST", "", {"name": "trial", "plan": GOOD}, key="b").json["code"] == "JOURNEY_EXISTS"
    move = lambda action: ask(front, operator, "PUT", "/trial/status", {"action": action})
    assert move("pause").json["code"] == "JOURNEY_STATE_CONFLICT"
    assert move("start").status == 204
    again = {"version": 1, "plan": {**GOOD, "serves": "active"}}
    assert ask(front, operator, "PUT", "/trial/plan", again).json["version"] == 2
    assert ask(front, operator, "PUT", "/trial/plan", {**again, "version": 1}).json["code"] == "STALE_JOURNEY"
    assert move("pause").status == 204
    assert move("end").status == 204
    assert move("start").json["code"] == "JOURNEY_STATE_CONFLICT"
    shown = ask(front, operator, "GET", "/trial").json
    assert (shown["state"], shown["version"], shown["plan"]["serves"]) == ("ended", 2, "active")
    listed = ask(front, operator, "GET", "?limit=1").json
    assert [one["name"] for one in listed["items"]] == ["trial"]
    for path in ("/nobody", "/nobody/report", "/nobody/forecast?day=2026-06-02"):
        assert ask(front, operator, "GET", path).json["code"] == "JOURNEY_NOT_FOUND"
    assert ask(front, operator, "PUT", "/nobody/plan", again).json["code"] == "JOURNEY_NOT_FOUND"
    assert ask(front, operator, "PUT", "/nobody/status", {"action": "end"}).json["code"] == "JOURNEY_NOT_FOUND"


def test_what_comes_with_the_shop_is_listed_and_starts_only_with_gifts_that_there_are(front, operator):
    plans = front.get("/v1/admin/journey-plans", token=operator.token).json["items"]
    plan = next(one["plan"] for one in plans if one["name"] == "return_pack")
    assert ask(front, operator, "POST", "", {"name": "return_pack", "plan": plan}, key="a").status == 201
    start = lambda: ask(front, operator, "PUT", "/return_pack/status", {"action": "start"})
    assert start().json["code"] == "JOURNEY_PLAN_WRONG"
    gone = pack("K01JZ0000000000000000000000")
    assert ask(front, operator, "PUT", "/return_pack/plan", {"version": 1, "plan": gone}).status == 200
    assert start().json["code"] == "COUPON_TEMPLATE_NOT_FOUND"
    given = pack(shelf.coupon())
    assert ask(front, operator, "PUT", "/return_pack/plan", {"version": 2, "plan": given}).status == 200
    assert start().status == 204


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"more": 1}, "fields"),
        ({"title": {"zh": "试"}}, "title"),
        ({"serves": "nobody"}, "serves"),
        ({"trigger": 7}, "trigger"),
        ({"trigger": "nothing"}, "trigger"),
        ({"when": {"unheard": 1}}, "when.unheard"),
        ({"when": {"silent_days": "x"}}, "when.silent_days"),
        ({"when": {"silent_days": -1}}, "when.silent_days"),
        ({"when": []}, "when"),
        ({"reentry": {"most": 0, "days": 1}}, "reentry"),
        ({"reentry": {"most": 1}}, "reentry"),
        ({"holdout": "yes"}, "holdout"),
        ({"steps": []}, "steps"),
        ({"steps": [{}] * (MOST_STEPS + 1)}, "steps"),
        ({"steps": [{}]}, "steps.0"),
        ({"steps": [{"dance": 1}]}, "steps.0"),
        ({"steps": [{"wait": {"minutes": 1}, "gift": []}]}, "steps.0"),
        ({"steps": [{"wait": {"minutes": 0}}]}, "steps.0.wait"),
        ({"steps": [{"wait": {"minutes": True}}]}, "steps.0.wait"),
        ({"steps": [{"when": {}}]}, "steps.0.when"),
        ({"steps": [{"when": {"unheard": True}}]}, "steps.0.when.unheard"),
        ({"steps": [{"message": {"template": "cart_waits"}}]}, "steps.0.message.purpose"),
        ({"steps": [{"message": {"purpose": "service"}}]}, "steps.0.message.template"),
        ({"steps": [{"message": {"template": "unheard", "purpose": "service"}}]}, "steps.0.message.template"),
        ({"steps": [{"message": {"template": "a", "purpose": "service", "text": "b"}}]}, "steps.0.message"),
        (
            {"steps": [{"message": {"template": "a", "purpose": "service", "channels": "sms"}}]},
            "steps.0.message.channels",
        ),
        ({"steps": [{"gift": ["K"] * 11}]}, "steps.0.gift"),
        ({"steps": [{"ticket": ""}]}, "steps.0.ticket"),
        ({"stop": ["unheard"]}, "stop.unheard"),
        ({"stop": "returned"}, "stop"),
    ],
)
def test_what_is_wrong_in_a_plan_is_named(change, at):
    with pytest.raises(JourneyPlanWrong) as refused:
        planning.require_understood(parse({**GOOD, **change}))
    assert refused.value.params["at"] == at


@pytest.mark.parametrize(
    ("trigger", "change", "at"),
    [
        ("silence", {"when": {"order_unpaid": True}}, "when.order_unpaid"),
        ("silence", {"when": {"order_unpaid": False}}, "when.order_unpaid"),
        ("silence", {"when": {"returned": True}}, "when.returned"),
        ("silence", {"when": {"returned": False}}, ""),
        ("silence", {"when": {"ordered": True}}, ""),
        ("silence", {"when": {"silent_days": True}}, "when.silent_days"),
        ("silence", {"when": {"silent_days": 60}}, ""),
        ("silence", {"when": {"cart_waits": 1}}, "when.cart_waits"),
        ("silence", {"when": {"cart_waits": True}, "stop": ["cart_waits"]}, "stop.cart_waits"),
        ("silence", {"when": {"cart_waits": False}, "stop": ["cart_waits"]}, ""),
        ("silence", {"stop": ["silent_days"]}, "stop.silent_days"),
        ("silence", {"stop": ["coupon_usable"]}, "stop.coupon_usable"),
        ("silence", {"steps": [{"when": {"coupon_usable": True}}]}, "steps.0.when.coupon_usable"),
        ("silence", {"steps": [{"when": {"returned": True}}]}, ""),
        ("silence", {"steps": [{"when": {"returned": True}}], "stop": ["returned"]}, "steps.0.when.returned"),
        ("silence", {"steps": [{"when": {"returned": False}}], "stop": ["returned"]}, ""),
        ("cart.left", {"when": {"returned": True, "ordered": True}}, ""),
        ("order.placed", {"when": {"ordered": True}}, "when.ordered"),
        ("order.placed", {"when": {"order_unpaid": True}}, ""),
        ("order.placed", {"steps": [{"when": {"answer_stands": True}}]}, "steps.0.when.answer_stands"),
        ("shipment.delivered", {"when": {"order_unpaid": True}}, "when.order_unpaid"),
        ("coupon.ends", {"when": {"coupon_usable": True}}, ""),
        ("newcomer_coupon.ends", {"when": {"coupon_usable": True}}, ""),
        ("birthday", {"when": {"care_stands": True}}, "when.care_stands"),
        ("care_visit", {"when": {"care_stands": True}, "stop": ["survey_given"]}, ""),
        ("audience", {"stop": ["survey_given"]}, "stop.survey_given"),
        ("ticket.answered", {"when": {"answer_stands": True}}, ""),
        ("ticket.answered", {"when": {"returned": True}}, "when.returned"),
    ],
)
def test_what_can_never_hold_of_what_sets_a_journey_off_is_refused_by_name(trigger, change, at):
    plan = parse({**GOOD, "trigger": trigger, **change})
    if at:
        with pytest.raises(JourneyPlanWrong) as refused:
            planning.require_understood(plan)
        assert refused.value.params["at"] == at
    else:
        planning.require_understood(plan)


def test_a_plan_that_is_no_plan_is_refused_at_the_door(front, operator):
    answer = ask(front, operator, "POST", "", {"name": "trial", "plan": {"steps": "x"}}, key="a")
    assert (answer.status, answer.json["code"]) == (422, "JOURNEY_PLAN_WRONG")
    long = {**GOOD, "steps": [{"gift": ["K" * 40] * 10}] * 20, "stop": ["returned"] * 1000}
    assert (
        ask(front, operator, "POST", "", {"name": "trial", "plan": long}, key="b").json["code"] == "JOURNEY_PLAN_WRONG"
    )


def test_a_report_of_few_holds_no_figure_and_one_of_enough_does(front, operator, engine):
    shelf.running("trial", GOOD)
    few = ask(front, operator, "GET", "/trial/report").json
    assert (few["enough"], few["effect"], few["needed"]) == (False, None, 0)
    own = shelf.work()
    for n, (what, number) in enumerate(
        {"compared_seen": 11_000, "compared_back": 550, "treated_seen": 99_000, "treated_back": 5_940}.items()
    ):
        step = steps.tally("trial", what, f"U{n}")
        step.request["ExpressionAttributeValues"][":0"] = {"N": str(number)}
        own.add(step)
    own.commit()
    told = ask(front, operator, "GET", "/trial/report").json
    assert (told["enough"], told["needed"], told["effect"]["difference"]) == (True, 4220, 1.0)
    assert told["effect"]["significant"]
    assert told["met"] == {"people": 99_000, "came_again": 5_940}


def test_a_plan_is_remembered_and_a_head_for_five_seconds(engine):
    shelf.running("trial", GOOD)
    assert journeys.known()["trial"].state == "running"
    assert journeys.REMEMBERED_MS <= 10_000
    assert journeys.plan_of("trial", 1).steps == (GOOD["steps"][0],)
    assert KIND == "journey"


def test_the_worker_that_sends_knows_alone_what_every_shipped_plan_says():
    """On a stage nothing imports it but Lambda, and nothing beside it."""
    said = {
        step["message"]["template"]
        for plan in planning.shipped().values()
        for step in plan["steps"]
        if "message" in step
    }
    code = (
        "import json; from chalicelib.processes.campaigns.sending import consumers; "
        "from chalicelib.kernel.messages import TEXTS"
    )
    told = subprocess.run(  # noqa: S603  # our own interpreter, our own code
        [sys.executable, "-c", f"{code}; print(json.dumps(sorted(TEXTS)))"], capture_output=True, text=True, check=True
    )
    assert said <= set(json.loads(told.stdout))


# ---- texts of the shop's own ------------------------------------------------------------------------------------------
TEXT = {
    "purpose": "marketing",
    "zh": ["周末", "【集市】周末见。拒收请回复R"],
    "en": ["Weekend", "[Jishi] See you at the weekend. Reply R to stop"],
    "lengths": {},
    "code": "SMS_1",
    "approval": "approved",
}


def says(template: str, purpose: str = "marketing") -> dict[str, Any]:
    return {**GOOD, "steps": [{"message": {"template": template, "purpose": purpose}}]}


def refused_at(plan: dict[str, Any]) -> str:
    with pytest.raises(JourneyPlanWrong) as refused:
        planning.require_understood(parse(plan))
    return str(refused.value.params["at"])


def test_a_journey_says_what_the_shops_own_people_wrote_once_it_is_published(engine):
    own = shelf.work()
    templates.add("weekend", TEXT, own)
    own.commit()
    assert refused_at(says("weekend")) == "steps.0.message.template"
    own = shelf.work()
    templates.publish("weekend", 1, own)
    own.commit()
    planning.require_understood(parse(says("weekend")))
    assert refused_at(says("weekend", "service")) == "steps.0.message.template", "it is an offer"


def test_a_text_whose_blanks_nobody_fills_in_is_no_message_of_a_journey(engine):
    words = {"zh": ["周末", "【集市】{what}。拒收请回复R"], "en": ["Weekend", "[Jishi] {what}. Reply R to stop"]}
    own = shelf.work()
    templates.add("blank", {**TEXT, **words, "lengths": {"what": 5}}, own)
    own.commit()
    own = shelf.work()
    templates.publish("blank", 1, own)
    own.commit()
    assert refused_at(says("blank")) == "steps.0.message.template"


@pytest.mark.parametrize("name", ["", "x" * 2000, "无", "a#b"])
def test_a_name_that_no_text_can_have_is_refused_and_not_looked_for(name):
    assert refused_at(says(name)) == "steps.0.message.template"
