"""Journeys and coupons for tests."""

from __future__ import annotations

from typing import Any

from chalicelib.processes.campaigns.service import planning
from chalicelib.records.journeys import service as journeys
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.coupons import wallets

OPERATOR = Caller("A01JZ0000000000000000000000", "staff")


def work(who: Caller = OPERATOR) -> Work:
    return Work(who, "test")


def running(name: str, plan: dict[str, Any]) -> None:
    """A journey that runs."""
    own = work()
    planning.plan(name, 0, plan, own)
    own.commit()
    move(name, "start")


def move(name: str, action: str) -> None:
    own = work()
    planning.move(name, action, own)
    own.commit()


def pack(*gifts: str, **more: Any) -> dict[str, Any]:
    """The return pack with these coupons."""
    plan = planning.shipped()["return_pack"]
    step = {**plan["steps"][0], "gift": list(gifts)}
    return {**plan, "steps": [step], **more}


def coupon(**more: Any) -> str:
    """A template that is given out."""
    return wallets.opened(**more)


def counts(name: str) -> dict[str, int]:
    return dict(journeys.counts(name))
