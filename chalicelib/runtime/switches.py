"""Switches: shop-wide settings that an operator turns while the shop runs; each process remembers one for 10 seconds.

`SWITCHES` names every switch with its default and meaning. Turning one is a step of a Work, like any other write.
"""

from __future__ import annotations

import json
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from chalicelib.kernel.errors import NotFound

from . import table
from .memory import Recent
from .table import Step, Table, put, table_name

REMEMBERED_MS = 10_000
SWITCHES: dict[str, tuple[Any, str]] = {}
RISING: set[str] = set()  # switches whose number only ever grows, by one

_kept: Recent[str, Any] = Recent(REMEMBERED_MS)


class Switch(Table):
    """One switch; its value as JSON."""

    class Meta:
        table_name = table_name("switches")

    name = UnicodeAttribute(hash_key=True, attr_name="w")
    value = UnicodeAttribute(attr_name="v")


class SwitchNotFound(NotFound):
    name: str
    zh, en = "没有名为 {name} 的开关", "There is no switch {name}"


def declare(name: str, default: Any, meaning: str, *, rising: bool = False) -> str:
    """Make a switch known; answers its name. `rising`: its number only ever grows, by one."""
    SWITCHES[name] = (default, meaning)
    if rising:
        RISING.add(name)
    return name


def read(name: str) -> Any:
    """The switch's value, at most ten seconds old."""
    return _kept.recall(name, lambda _: _stored(name))


def turn(name: str, value: Any) -> Step:
    """The step that turns a switch. Raises SwitchNotFound."""
    if name not in SWITCHES:
        raise SwitchNotFound(name=name)
    return put(Switch(name, value=json.dumps(value)))


def forget() -> None:
    """Read again next time (after turning one in this process)."""
    _kept.forget()


def _stored(name: str) -> Any:
    row = table.get(Switch, name)
    return json.loads(row.value) if row else SWITCHES[name][0]
