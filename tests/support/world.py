"""A world for tests: one clock that moves when told, counted entropy, waits that cost nothing, made-up keys."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.kernel.clock import ManualClock
from chalicelib.runtime import settings, world

START = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)  # ten in the morning in the shop's zone


def fresh(seed: int = 1) -> ManualClock:
    """Put a deterministic world in place; answers its clock."""
    clock, chance = ManualClock(START), random.Random(seed)
    world.use(world.World(clock, chance.randbytes, lambda _s: None, lambda: 0.0, chance.random))
    return clock


def minutes(n: float) -> timedelta:
    return timedelta(minutes=n)


def secrets() -> dict[str, dict[str, Any]]:
    """The secret documents of a test run, made up on the spot."""
    from chalicelib.runtime import keys

    return dict(keys.complete({}))


def install() -> None:
    settings.use_secrets(secrets())
