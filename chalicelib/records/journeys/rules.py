"""What a plan is, what becomes of a journey, and this context's refusals.

    {
        "title": {"zh": "回归礼包", "en": "Come back"},
        "serves": "silent",
        "trigger": "silence",
        "when": {"silent_days": 30},
        "reentry": {"most": 2, "days": 180},
        "holdout": true,
        "steps": [
            {"message": {"template": "return_pack", "purpose": "marketing"}, "gift": ["K01…"]},
            {"wait": {"minutes": 4320}},
            {"when": {"still_away": true}},
            {"message": {"template": "return_pack_again", "purpose": "marketing"}}
        ],
        "stop": ["returned"]
    }

A step waits, demands, or acts: sends a message, gives coupons (those of a message are given as it is about to go), opens a
ticket for its person (`"ticket": "请致电回访"`, with `"named": true` for the named person at the desk), or asks the shop's people
for something (`"task": "寄一份小样"`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from chalicelib.kernel import texts
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

STAGES = ("new", "active", "silent", "returned")  # of a customer's life
PURPOSES = ("marketing", "service")
MOST_STEPS, MOST_GIFTS, LONGEST_WAIT = 20, 10, 60 * 24 * 366
KEPT = timedelta(days=400)
PARTS = 8  # of a count
FIELDS = ("title", "serves", "trigger", "when", "reentry", "holdout", "steps", "stop")
ACTS = ("wait", "when", "message", "gift", "ticket", "task")
TOGETHER = ({"message", "gift"}, {"ticket", "named"})
UNDER_WAY, DONE, STOPPED, LEFT_ALONE, KEPT_BACK = "under_way", "done", "stopped", "left_alone", "kept_back"
TREATED, COMPARED = "treated", "compared"


class JourneyNotFound(NotFound):
    zh, en = "旅程不存在", "There is no such journey"


class JourneyExists(Conflict):
    zh, en = "旅程已存在", "There is a journey of this name already"


class StaleJourney(Conflict):
    zh, en = "旅程已被修改，请刷新后重试", "The journey has changed meanwhile; please look again"


class JourneyStateConflict(Conflict):
    spoken = {"draft": "草稿", "running": "运行中", "paused": "已暂停", "ended": "已结束"}
    state: str
    zh, en = "旅程当前状态为 {state}", "The journey is {state}; this cannot be done now"


class JourneyPlanWrong(Invalid):
    at: str
    zh, en = "旅程定义的 {at} 不正确", "The plan of the journey is not right at {at}"


class AlreadyEnrolled(Conflict):
    zh, en = "该客户已在此旅程中", "This person is in this journey already"


class EnrolmentMoved(Conflict):
    zh, en = "旅程进度已变化", "This person has gone on in the journey meanwhile"


# pause: nobody enters, and who is under way waits; end: nothing more is done, for good.
JOURNEY = States(
    "draft",
    {
        "draft": {"start": "running", "end": "ended"},
        "running": {"pause": "paused", "end": "ended"},
        "paused": {"start": "running", "end": "ended"},
    },
    absent=JourneyNotFound,
    conflict=JourneyStateConflict,
)


class Plan(NamedTuple):
    """A plan as it was checked. `steps` are its steps as they were written."""

    title: Mapping[str, str]
    serves: str
    trigger: str
    when: Mapping[str, Any]
    most: int
    days: int
    holdout: bool
    steps: tuple[Mapping[str, Any], ...]
    stop: tuple[str, ...]


def parse(told: Any) -> Plan:
    """A plan, however it came: of a file or of a form. Raises JourneyPlanWrong. Which words stand for triggers, conditions and
    messages is not known here."""
    _require(isinstance(told, dict) and not set(told) - set(FIELDS), "fields")
    title = told.get("title")
    _require(
        isinstance(title, dict) and set(title) == {"zh", "en"} and all(_word(one, 60) for one in title.values()),
        "title",
    )
    _require(told.get("serves") in STAGES, "serves")
    _require(_word(told.get("trigger"), 60), "trigger")
    reentry = told.get("reentry", {"most": 1_000, "days": 1})
    _require(isinstance(reentry, dict) and set(reentry) == {"most", "days"}, "reentry")
    _require(_whole(reentry["most"], 1, 1_000) and _whole(reentry["days"], 1, 366), "reentry")
    _require(isinstance(told.get("holdout", True), bool), "holdout")
    steps, stop = told.get("steps"), told.get("stop", [])
    _require(isinstance(steps, list) and 1 <= len(steps) <= MOST_STEPS, "steps")
    for n, step in enumerate(steps):
        _check_step(step, f"steps.{n}")
    _require(isinstance(stop, list) and all(_word(one, 40) for one in stop), "stop")
    return Plan(
        title,
        told["serves"],
        told["trigger"],
        _conditions(told.get("when", {}), "when"),
        reentry["most"],
        reentry["days"],
        told.get("holdout", True),
        tuple(steps),
        tuple(stop),
    )


def _check_step(step: Any, at: str) -> None:
    _require(isinstance(step, dict) and bool(step), at)
    _require((len(step) == 1 and not set(step) - set(ACTS)) or set(step) in TOGETHER, at)
    if "wait" in step:
        wait = step["wait"]
        _require(
            isinstance(wait, dict) and set(wait) == {"minutes"} and _whole(wait["minutes"], 1, LONGEST_WAIT),
            f"{at}.wait",
        )
    if "when" in step:
        _require(bool(_conditions(step["when"], f"{at}.when")), f"{at}.when")
    if "message" in step:
        message = step["message"]
        _require(isinstance(message, dict) and not set(message) - {"template", "purpose", "channels"}, f"{at}.message")
        _require(_word(message.get("template"), 60), f"{at}.message.template")
        _require(message.get("purpose") in PURPOSES, f"{at}.message.purpose")
        channels = message.get("channels", [])
        _require(isinstance(channels, list) and all(_word(one, 20) for one in channels), f"{at}.message.channels")
    if "gift" in step:
        gift = step["gift"]
        _require(
            isinstance(gift, list) and len(gift) <= MOST_GIFTS and all(_word(one, 40) for one in gift), f"{at}.gift"
        )
    _require(isinstance(step.get("named", True), bool), f"{at}.named")
    for act in ("ticket", "task"):
        _require(act not in step or _said(step[act]), f"{at}.{act}")


def _conditions(told: Any, at: str) -> Mapping[str, Any]:
    """Conditions by name, each with a number or a yes. Raises JourneyPlanWrong."""
    _require(isinstance(told, dict) and len(told) <= 10, at)
    for name, value in told.items():
        _require(_word(name, 40) and (isinstance(value, bool) or _whole(value, 0, 1_000_000)), f"{at}.{name}"[:60])
    conditions: Mapping[str, Any] = told
    return conditions


def _word(value: Any, most: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= most


def _said(value: Any) -> bool:
    """A sentence for the shop's people, of one line."""
    try:
        return _word(value, 60) and texts.words(value) == value
    except texts.Unfit:
        return False


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _require(sound: bool, at: str) -> None:
    if not sound:
        raise JourneyPlanWrong(at=at)


def packed(told: Mapping[str, Any]) -> str:
    """A plan as its row keeps it."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def unpacked(text: str) -> Plan:
    """The reverse of `packed`."""
    return parse(json.loads(text))


def place(journey: str, occasion: str) -> str:
    """Where somebody stands in a journey, once an occasion."""
    return f"{journey}#{occasion}"
