"""Reading and turning the shop's switches."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Invalid
from chalicelib.processes.ordering.rules import PAUSED
from chalicelib.runtime import switches
from chalicelib.runtime.work import Work

from ..events import SwitchTurned


class SwitchValueWrong(Invalid):
    name: str
    kind: str
    zh, en = "开关 {name} 的值类型应为 {kind}", "The switch {name} takes a value of type {kind}"


class SwitchRisesByOne(Invalid):
    name: str
    value: int
    zh, en = "开关 {name} 每次只能加一，当前为 {value}", "The switch {name} is only ever raised by one; it is {value}"


class SwitchState(NamedTuple):
    """A switch, its present value, the value it has when nobody turned it, and what it means."""

    name: str
    value: Any
    default: Any
    meaning: str


def all_switches() -> list[SwitchState]:
    """Every switch by name; the value is at most ten seconds old."""
    found = sorted(switches.SWITCHES.items())
    return [SwitchState(name, switches.read(name), default, meaning) for name, (default, meaning) in found]


def turn(name: str, value: Any, work: Work) -> None:
    """Turn a switch for the whole shop; every process knows within ten seconds.

    Raises SwitchNotFound, SwitchValueWrong, SwitchRisesByOne.
    """
    step = switches.turn(name, value)
    kind = type(switches.SWITCHES[name][0])
    if type(value) is not kind:
        raise SwitchValueWrong(name=name, kind=kind.__name__)
    switches.forget()
    before = switches.read(name)
    if value == before:
        return
    if name in switches.RISING and value != before + 1:
        raise SwitchRisesByOne(name=name, value=before)

    work.add(step)
    work.publish(SwitchTurned(name, json.dumps(value), json.dumps(before)))
    switches.forget()  # what was just read: it is about to be another


def pause_placing(paused: bool, work: Work) -> None:
    """Stop or allow the placing of orders in the whole shop."""
    turn(PAUSED, paused, work)
