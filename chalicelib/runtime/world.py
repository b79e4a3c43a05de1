"""Everything a run is not given by its request: the clock, randomness, waiting. Injected, so that a run can be repeated."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.kernel import ids
from chalicelib.kernel.clock import Clock, SystemClock


@dataclass
class World:
    """The sources of what is not deterministic. `wait` takes seconds, `chance` answers 0 ≤ x < 1; `seal` seals a text to a
    public half, bound to its info, by a pair that it draws (the vault's own way where it is None).
    """

    clock: Clock = field(default_factory=SystemClock)
    entropy: Callable[[int], bytes] = os.urandom
    wait: Callable[[float], None] = time.sleep
    elapsed: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    seal: Callable[[bytes, bytes, bytes], bytes] | None = None


_current = World()


def use(world: World) -> World:
    """Put another world in place; answers the one that was there."""
    global _current
    before, _current = _current, world
    return before


def current() -> World:
    return _current


def now() -> datetime:
    """The instant by the injected clock, aware UTC."""
    return _current.clock.now()


def new_id(prefix: str) -> str:
    """A fresh id: the prefix letter and a ULID."""
    return prefix + ids.ulid(now(), _current.entropy(10))
