"""Reading and turning the shop's switches."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.kernel.errors import Invalid
from chalicelib.runtime import switches
from chalicelib.runtime.work import Work

from ..events import SwitchTurned


class SwitchValueWrong(Invalid):
    code, zh, en = (
        "SWITCH_VALUE_WRONG",
        "开关 {name} 的值类型应为 {kind}",
        "The switch {name} takes a value of type {kind}",
    )


def all_switches() -> list[tuple[str, Any, str]]:
    """(name, present value, meaning) of every switch."""
    return [(name, switches.read(name), meaning) for name, (_, meaning) in sorted(switches.SWITCHES.items())]


def turn(name: str, value: Any, work: Work) -> None:
    """Turn a switch for the whole shop; every process knows within ten seconds. Raises SwitchUnknown, SwitchValueWrong."""
    step = switches.turn(name, value)
    kind = type(switches.SWITCHES[name][0])
    if type(value) is not kind:
        raise SwitchValueWrong(name=name, kind=kind.__name__)

    work.add(step)
    work.publish(SwitchTurned(name, json.dumps(value)))
    work.commit()
    switches.forget()
