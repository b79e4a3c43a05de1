"""What is told of journeys."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact


class JourneyPlanned(Fact, context="journeys", audit=Audit("shop", "journey")):
    """A journey has another plan, of this version, for who enters it from now on."""

    journey: str
    plan_version: int


class JourneyMoved(Fact, context="journeys", audit=Audit("shop", "journey")):
    """A journey was started, paused or ended."""

    journey: str
    action: str
