"""What a plan may say: each bound with what is just within it and just beyond it; and the states of a journey."""

from __future__ import annotations

import json

import pytest

from chalicelib.records.journeys import rules
from chalicelib.records.journeys.rules import JOURNEY, LONGEST_WAIT, JourneyPlanWrong, parse

MESSAGE = {"template": "a", "purpose": "service"}
LEAST = {"title": {"zh": "一", "en": "b"}, "serves": "new", "trigger": "t", "steps": [{"message": MESSAGE}]}


def named(plan):
    """Where a plan is wrong; "" where it is right."""
    try:
        parse(plan)
    except JourneyPlanWrong as refused:
        return refused.params["at"]
    return ""


def test_the_least_plan_is_for_everybody_as_often_as_it_comes_with_a_holdout_and_without_a_stop():
    read = parse(LEAST)
    assert read == rules.Plan(LEAST["title"], "new", "t", {}, 1_000, 1, True, ({"message": MESSAGE},), ())


def test_a_whole_plan_is_read_as_it_was_written_and_kept_as_text():
    told = {
        **LEAST,
        "serves": "returned",
        "when": {"silent_days": 30, "cart_waits": True},
        "reentry": {"most": 2, "days": 180},
        "holdout": False,
        "steps": [{"wait": {"minutes": 5}}, {"when": {"returned": False}}, {"gift": ["K1"]}],
        "stop": ["returned"],
    }
    read = parse(told)
    assert (read.serves, read.when, read.most, read.days, read.holdout) == ("returned", told["when"], 2, 180, False)
    assert (read.steps, read.stop) == (tuple(told["steps"]), ("returned",))
    assert rules.unpacked(rules.packed(told)) == read
    assert rules.packed({"a": "中", "b": 1}) == '{"a":"中","b":1}'
    assert json.loads(rules.packed(told)) == told


@pytest.mark.parametrize("plan", [None, [], "plan", {**LEAST, "more": 1}])
def test_what_is_no_plan_or_says_more_is_refused(plan):
    assert named(plan) == "fields"


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"title": {"zh": "一" * 60, "en": "b" * 60}}, ""),
        ({"title": {"zh": "一" * 61, "en": "b"}}, "title"),
        ({"title": {"zh": "", "en": "b"}}, "title"),
        ({"title": {"zh": "一"}}, "title"),
        ({"title": "一"}, "title"),
        ({"title": {"zh": "一", "en": "b", "fr": "c"}}, "title"),
        ({"title": {"zh": 1, "en": "b"}}, "title"),
        ({"serves": "old"}, "serves"),
        ({"serves": None}, "serves"),
        ({"serves": "silent"}, ""),
        ({"serves": "active"}, ""),
        ({"trigger": "t" * 60}, ""),
        ({"trigger": "t" * 61}, "trigger"),
        ({"trigger": ""}, "trigger"),
        ({"trigger": 1}, "trigger"),
        ({"reentry": {"most": 1, "days": 1}}, ""),
        ({"reentry": {"most": 1_000, "days": 366}}, ""),
        ({"reentry": {"most": 1_001, "days": 1}}, "reentry"),
        ({"reentry": {"most": 1, "days": 367}}, "reentry"),
        ({"reentry": {"most": 0, "days": 1}}, "reentry"),
        ({"reentry": {"most": 1, "days": 0}}, "reentry"),
        ({"reentry": {"most": True, "days": 1}}, "reentry"),
        ({"reentry": {"most": 1, "days": "1"}}, "reentry"),
        ({"reentry": []}, "reentry"),
        ({"reentry": {"most": 1, "days": 1, "x": 1}}, "reentry"),
        ({"holdout": True}, ""),
        ({"holdout": 1}, "holdout"),
        ({"holdout": None}, "holdout"),
        ({"steps": [{"gift": []}] * 20}, ""),
        ({"steps": [{"gift": []}] * 21}, "steps"),
        ({"steps": ()}, "steps"),
        ({"stop": ["s" * 40]}, ""),
        ({"stop": ["s" * 41]}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"stop": {}}, "stop"),
        ({"when": {f"c{n}": True for n in range(10)}}, ""),
        ({"when": {f"c{n}": True for n in range(11)}}, "when"),
        ({"when": {"c": 0}}, ""),
        ({"when": {"c": 1_000_000}}, ""),
        ({"when": {"c": 1_000_001}}, "when.c"),
        ({"when": {"c": -1}}, "when.c"),
        ({"when": {"c": False}}, ""),
        ({"when": {"c": None}}, "when.c"),
        ({"when": {"c" * 40: 1}}, ""),
        ({"when": {"c" * 41: 1}}, "when." + "c" * 41),
        ({"when": {"": 1}}, "when."),
        ({"when": {"c" * 70: 1}}, ("when." + "c" * 70)[:60]),
    ],
)
def test_each_field_has_its_bounds(change, at):
    assert named({**LEAST, **change}) == at


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ({"wait": {"minutes": 1}}, ""),
        ({"wait": {"minutes": LONGEST_WAIT}}, ""),
        ({"wait": {"minutes": LONGEST_WAIT + 1}}, "wait"),
        ({"wait": {"minutes": 0}}, "wait"),
        ({"wait": {}}, "wait"),
        ({"wait": {"minutes": 1, "hours": 1}}, "wait"),
        ({"wait": 5}, "wait"),
        ({"when": {"c": 1}}, ""),
        ({"when": {}}, "when"),
        ({"when": {"c": "x"}}, "when.c"),
        ({"when": []}, "when"),
        ({"message": {**MESSAGE, "purpose": "marketing"}}, ""),
        ({"message": {**MESSAGE, "purpose": "other"}}, "message.purpose"),
        ({"message": {**MESSAGE, "template": "t" * 60}}, ""),
        ({"message": {**MESSAGE, "template": "t" * 61}}, "message.template"),
        ({"message": {**MESSAGE, "channels": ["sms", "c" * 20]}}, ""),
        ({"message": {**MESSAGE, "channels": ["c" * 21]}}, "message.channels"),
        ({"message": {**MESSAGE, "channels": [""]}}, "message.channels"),
        ({"message": {**MESSAGE, "channels": "sms"}}, "message.channels"),
        ({"message": {**MESSAGE, "text": "x"}}, "message"),
        ({"message": "a"}, "message"),
        ({"message": {}}, "message.template"),
        ({"gift": ["K" * 40] * 10}, ""),
        ({"gift": ["K"] * 11}, "gift"),
        ({"gift": ["K" * 41]}, "gift"),
        ({"gift": [""]}, "gift"),
        ({"gift": "K"}, "gift"),
        ({"message": MESSAGE, "gift": []}, ""),
        ({"wait": {"minutes": 1}, "gift": []}, ""),
        ({"ticket": "t" * 60}, ""),
        ({"ticket": "t" * 61}, "ticket"),
        ({"ticket": 1}, "ticket"),
        ({"task": "x"}, ""),
        ({"task": ""}, "task"),
        ({}, ""),
        ([], ""),
        ({"dance": 1}, ""),
        ({"message": MESSAGE, "gift": [], "task": "x"}, ""),
        ({"ticket": "x", "named": True}, ""),
        ({"ticket": "x", "named": False}, ""),
        ({"ticket": "x", "named": 1}, "named"),
        ({"ticket": "", "named": True}, "ticket"),
        ({"task": "x", "named": True}, ""),
        ({"named": True}, ""),
    ],
)
def test_each_step_does_one_thing_within_its_bounds(told, at):
    together = (["message", "gift"], ["ticket", "named"])
    strange = told in ({}, [], {"dance": 1}, {"named": True}) or (len(told) > 1 and list(told) not in together)
    assert named({**LEAST, "steps": [{"gift": []}, told]}) == ("steps.1" if strange or at else "") + (
        f".{at}" if at else ""
    )


def test_a_journey_starts_pauses_starts_again_and_ends_for_good():
    edges = {
        ("draft", "start"): "running",
        ("draft", "end"): "ended",
        ("running", "pause"): "paused",
        ("running", "end"): "ended",
        ("paused", "start"): "running",
        ("paused", "end"): "ended",
    }
    for state in ("draft", "running", "paused", "ended"):
        for action in ("start", "pause", "end"):
            assert JOURNEY.after(state, action) == edges.get((state, action))
    assert JOURNEY.initial == "draft"


def test_a_place_is_a_journey_and_an_occasion():
    assert rules.place("return_pack", "1#2") == "return_pack#1#2"
