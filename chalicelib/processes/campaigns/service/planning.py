"""Journeys as the shop's own people plan them: by the same checks for a form and for the files that are shipped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.kernel.messages import TEXTS, Template
from chalicelib.records.coupons.rules import CouponTemplateNotFound
from chalicelib.records.coupons.service import templates
from chalicelib.records.journeys import service as journeys
from chalicelib.records.journeys.rules import JourneyPlanWrong, Plan, parse
from chalicelib.records.messages.templates import service as stored
from chalicelib.records.messages.templates.rules import OPT_OUT, SavedText
from chalicelib.runtime.work import Work

from .. import texts
from ..blanks import BLANKS
from ..conditions import can_hold
from ..triggers import TRIGGERS

__all__ = ["move", "plan", "require_understood", "shipped", "texts"]
SHIPPED = Path(__file__).resolve().parents[1] / "shipped"


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The plans that come with the shop, by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHIPPED.glob("*.json"))}


def plan(name: str, seen: int, told: Mapping[str, Any], work: Work) -> int:
    """A plan that the shop understands; returns its version. Raises JourneyPlanWrong; its refusals: as `journeys.plan`."""
    require_understood(parse(told))
    return journeys.plan(name, seen, told, work)


def move(name: str, action: str, work: Work) -> None:
    """Start it only with gifts that there are. Raises JourneyNotFound, JourneyPlanWrong, CouponTemplateNotFound; its
    refusals: JourneyStateConflict."""
    if action == "start":
        head = journeys.find(name)
        require_gifts(journeys.plan_of(name, head.version or 1))
    journeys.move(name, action, work)


def require_understood(read: Plan) -> None:
    """Raises JourneyPlanWrong where a word of it stands for nothing, or can never hold on what sets it off."""
    _require(read.trigger in TRIGGERS, "trigger")
    for name, value in read.when.items():
        _require(can_hold(name, value, read.trigger, at_entry=True), f"when.{name}")
    for name in read.stop:
        _require(can_hold(name, True, read.trigger) and read.when.get(name) is not True, f"stop.{name}")
    for n, step in enumerate(read.steps):
        for name, value in step.get("when", {}).items():
            stopped = value is True and name in read.stop
            _require(can_hold(name, value, read.trigger) and not stopped, f"steps.{n}.when.{name}")
        if "message" in step:
            _require(can_say(step["message"], read.trigger), f"steps.{n}.message.template")


def can_say(message: Mapping[str, Any], trigger: str) -> bool:
    """Whether there is such a text, of the code or published for this purpose, all of whose blanks such a journey fills in."""
    text: Template | SavedText | None = TEXTS.get(message["template"])
    if text is None:
        text = stored.published(message["template"])
        if text is None or text.purpose != message["purpose"]:
            return False
    return text.zh.blanks <= {OPT_OUT, *BLANKS.get(trigger, ())}


def require_gifts(read: Plan) -> None:
    """Raises JourneyPlanWrong where a gift holds nothing, CouponTemplateNotFound where it holds what is not there."""
    for n, step in enumerate(read.steps):
        if "gift" in step:
            _require(bool(step["gift"]), f"steps.{n}.gift")
            for template in step["gift"]:
                if templates.find(template).state != templates.OPEN:
                    raise CouponTemplateNotFound()


def _require(sound: bool, at: str) -> None:
    if not sound:
        raise JourneyPlanWrong(at=at)
