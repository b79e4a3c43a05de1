"""What the console tells."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.kernel.facts import Fact


@dataclass(frozen=True)
class SwitchTurned(Fact, context="console"):
    """An operator turned a switch; `before` and `value` as JSON."""

    name: str
    value: str
    before: str = "null"


@dataclass(frozen=True)
class QueueRedriven(Fact, context="console"):
    """An operator sent dead letters back to their queue; `moved` of them."""

    name: str
    moved: int


@dataclass(frozen=True)
class FactsResendAsked(Fact, context="console"):
    """An operator wants the facts of this time published once more; epoch ms."""

    start: int
    end: int
