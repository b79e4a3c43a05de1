"""What the console tells."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.facts import Fact


@dataclass(frozen=True)
class SwitchTurned(Fact, context="console"):
    """An operator turned a switch; `value` as JSON."""

    name: str
    value: str
