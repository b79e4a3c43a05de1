"""What the console tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Fact


class SwitchTurned(Fact, context="console"):
    """An operator turned a switch; `before` and `value` as JSON."""

    name: str
    value: str
    before: str = "null"


class QueueRedriven(Fact, context="console"):
    """An operator sent dead letters back to their queue; `moved` of them."""

    name: str
    moved: int


class FactsResendAsked(Fact, context="console"):
    """An operator wants the facts of this time published once more; epoch ms."""

    start: int
    end: int


class FactsResendGoesOn(Fact, context="console"):
    """The next stretch of the journal waits: from after a row of that key; `commits` were published so far."""

    start: int
    end: int
    after: str
    commits: int


class FactsResent(Fact, context="console"):
    """The facts of a time were published once more, those of so many commits."""

    start: int
    end: int
    commits: int
