"""What a process remembers between requests: the latest entries, changed in one step.

Guarantees: at most `most` entries, those used longest ago go first; where requests run side by side, none sees half a
change and no change is lost. What is `Recent` is as old as it may be at most, by the injected clock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, TypeVar

from chalicelib.kernel.clock import millis

from . import world

K = TypeVar("K")
V = TypeVar("V")
A = TypeVar("A")


class Memory(Generic[K, V]):
    """Entries by key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: K) -> V | None:
        """What was put under a key, or None."""
        return self._held.get(key)

    def put(self, key: K, value: V) -> None:
        """Remember it, as the latest."""
        self.change(key, lambda _: (value, None))

    def change(self, key: K, step: Callable[[V | None], tuple[V, A]]) -> A:
        """Put what `step` makes of the present entry; answers what it says beside it."""
        with self._lock:
            self._held[key], answer = step(self._held.get(key))
            self._held.move_to_end(key)
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return answer

    def forget(self, key: K | None = None) -> None:
        """Drop one entry, or all."""
        with self._lock:
            if key is None:
                self._held.clear()
            else:
                self._held.pop(key, None)


class Recent(Memory[K, tuple[int, V]]):
    """What was read lately, by key: nobody reads it again for so many milliseconds."""

    def __init__(self, keep_ms: int, most: int = 1000) -> None:
        super().__init__(most)
        self._keep_ms = keep_ms

    def recall_all(self, keys: Iterable[K], read: Callable[[list[K]], Mapping[K, V]]) -> dict[K, V]:
        """The same of several: those that were not read lately are read now, together."""
        now, wanted = millis(world.now()), list(keys)
        known = {key: one[1] for key in wanted if (one := self._lately(key, now)) is not None}
        stale = [key for key in wanted if key not in known]
        fresh = dict(read(stale)) if stale else {}
        for key, value in fresh.items():
            self.put(key, (now, value))
        return known | fresh

    def recall(self, key: K, read: Callable[[V | None], V]) -> V:
        """What was read lately, else what is read now; `read` is handed what was known before, or None."""
        now = millis(world.now())
        if (lately := self._lately(key, now)) is not None:
            return lately[1]
        before = self.get(key)
        known = read(before[1] if before is not None else None)
        self.put(key, (now, known))
        return known

    def _lately(self, key: K, now: int) -> tuple[int, V] | None:
        """What is young enough; what was not there is looked for again each time."""
        kept = self.get(key)
        return kept if kept is not None and kept[1] is not None and 0 <= now - kept[0] < self._keep_ms else None
