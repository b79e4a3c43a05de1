"""Pieces in sets: how they are put together, counted in runs and never piece by piece."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

from ..units import Picked, Stand

Each = list[tuple[int, int, int]]  # (place, pieces, off each)


def sets(parts: Sequence[tuple[Picked, int]], times: int) -> Iterator[tuple[int, Picked]]:
    """(how many, the pieces of one) of equal sets, at most so many. A set takes of every part (pieces in order, how many)."""
    queues = [(deque(order), need) for order, need in parts]
    times = min(times, *(sum(pieces for _, pieces in queue) // need for queue, need in queues))
    while times > 0:
        n = max(1, min(times, *(queue[0][1] // need for queue, need in queues)))
        yield n, [one for queue, need in queues for one in _drawn(queue, need, n)]
        times -= n


def _drawn(queue: deque[tuple[int, int]], need: int, n: int) -> Picked:
    """What one of n equal sets takes from a queue, which loses it n times."""
    found = []
    while need:
        at, pieces = queue.popleft()
        taken = min(pieces, need)
        found.append((at, taken))
        need -= taken
        if pieces > taken * n:
            queue.appendleft((at, pieces - taken * n))
    return found


def worth(stand: Stand, picked: Picked) -> int:
    """What pieces cost now."""
    return sum(stand.units[at].left * pieces for at, pieces in picked)


def gathered(stand: Stand, found: Sequence[tuple[int, Picked]]) -> Picked:
    """All pieces of sets."""
    pieces: dict[int, int] = {}
    for n, picked in found:
        for at, of_one in picked:
            pieces[at] = pieces.get(at, 0) + n * of_one
    return sorted(pieces.items())


def every(stand: Stand, places: Sequence[int], of: int, pieces: int, times: int, pick: str) -> tuple[Picked, Picked]:
    """(the pieces that cost less, the others that are used up): so many of every `of`, at most so many times.

    In the cart's order they are the last of each group; else the dearest or cheapest of all.
    """
    if pick == "cart":
        return _in_line(stand, places, of, pieces, times * of)
    order = sorted(places, key=lambda at: stand.units[at].left, reverse=pick == "dearest")
    less = stand.first(times * pieces, order)
    rest = stand.without(less)
    return less, rest.first(times * (of - pieces), reversed(order))


def _in_line(stand: Stand, places: Sequence[int], of: int, pieces: int, most: int) -> tuple[Picked, Picked]:
    less, used, start = [], [], 0
    for at in places:
        end = min(start + stand.units[at].pieces, most)
        chosen = _below(end, of, pieces) - _below(start, of, pieces)
        less.append((at, chosen))
        used.append((at, end - start - chosen))
        start = end
    return [one for one in less if one[1]], [one for one in used if one[1]]


def _below(position: int, of: int, pieces: int) -> int:
    """How many of the first pieces cost less."""
    return position // of * pieces + max(0, position % of - (of - pieces))
