"""What the console tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact, Left


class SwitchTurned(Fact, context="console", audit=Audit("shop", "name")):
    """An operator turned a switch; `before` and `value` as JSON."""

    name: str
    value: str
    before: str = "null"


class QueueRedriven(Fact, context="console", audit=Audit("shop", "name")):
    """An operator sent dead letters back to their queue; `moved` of them."""

    name: str
    moved: int


class FactsResendAsked(Fact, context="console", audit=Audit("shop", "start")):
    """An operator wants the facts of this time published once more; epoch ms."""

    start: int
    end: int


class FactsResendGoesOn(
    Fact, context="console", audit=Left("a reminder for a worker; its beginning and its end are told")
):
    """The next stretch of the journal waits: from after a row of that key; `commits` were published so far."""

    start: int
    end: int
    after: str
    commits: int


class FactsResent(Fact, context="console", audit=Audit("shop", "start")):
    """The facts of a time were published once more, those of so many commits."""

    start: int
    end: int
    commits: int
