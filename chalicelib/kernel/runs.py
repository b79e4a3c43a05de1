"""Odd fen are divided here and nowhere else: amounts fall on single units, counted as runs of equal units.

Guarantees: what `spread` gives equals the largest remainder over every single unit, without expanding them; no unit gets
more than it has room for; the unit price of every piece is what is paid for it, what is off and what points pay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from .money import Fen, total

Share = tuple[int, Fen]  # so many pieces, so much each


class Run(NamedTuple):
    """Equal units that stand together. All amounts are of one piece.

    `goods` is what is paid for it after every layer and points, `offs` what each layer takes off, by the layer's index
    (shorter means nothing more), `points` what points pay, `freight` what it bears of the freight, which is not in `goods`.
    """

    pieces: int
    goods: Fen
    offs: tuple[Fen, ...] = ()
    points: Fen = Fen(0)
    freight: Fen = Fen(0)

    @property
    def unit(self) -> Fen:
        """The price of one piece before anything was taken off."""
        return self.goods + total(self.offs) + self.points

    def less(self, off: Fen, layer: int) -> Run:
        """The same units, each cheaper by a layer."""
        if not off:
            return self
        offs = [*self.offs, *[Fen(0)] * (layer + 1 - len(self.offs))]
        offs[layer] += off
        return self._replace(goods=self.goods - off, offs=tuple(offs))


def plain(pieces: int, unit: Fen) -> tuple[Run, ...]:
    """Units at their full price."""
    return (Run(pieces, unit),)


def spread(amount: int, weights: Sequence[tuple[int, int, int]]) -> list[list[Share]]:
    """An amount over runs of (pieces, weight of one, room of one), as (pieces, each) a run in the units' order.

    Largest remainder over single units, ties to the earlier one. What a full unit cannot take goes round again over
    those with room, by the same weights; what fits nowhere is not given.
    """
    if amount < 0:
        raise ValueError("only what is not negative can be spread")
    units = [[pieces, weight, room, 0, at] for at, (pieces, weight, room) in enumerate(weights) if pieces]
    while amount:
        open_ = [unit for unit in units if unit[1] > 0 and unit[2] > unit[3]]
        if not open_:
            break
        amount = _round(amount, open_, units)
    given: list[list[Share]] = [[] for _ in weights]
    for (at, each), same in groupby(units, key=lambda unit: (unit[4], unit[3])):
        given[at].append((sum(unit[0] for unit in same), Fen(each)))
    return given


def _round(amount: int, open_: list[list[int]], units: list[list[int]]) -> int:
    """Give the amount once to the open units, which are (pieces, weight, room, given, run); returns what was too much."""
    whole = sum(unit[0] * unit[1] for unit in open_)
    odd = amount - sum(unit[0] * (amount * unit[1] // whole) for unit in open_)
    left = amount
    for unit in sorted(open_, key=lambda unit: -(amount * unit[1] % whole)):
        base = amount * unit[1] // whole
        more = min(unit[0], odd)
        odd -= more
        if 0 < more < unit[0]:
            later = [unit[0] - more, *unit[1:]]
            units.insert(next(at for at, one in enumerate(units) if one is unit) + 1, later)
            unit[0] = more
            left -= _give(later, base)
        left -= _give(unit, base + (1 if more else 0))
    return left


def _give(unit: list[int], each: int) -> int:
    """Give each of these units so much, up to its room; returns what that took."""
    each = min(each, unit[2] - unit[3])
    unit[3] += each
    return unit[0] * each


def cut(runs: Iterable[Run], parts: Iterable[Share]) -> Iterator[tuple[Run, Fen]]:
    """The runs cut where the parts change, each with its part of one piece. Runs and parts count as many pieces."""
    rest = iter(parts)
    pieces, each = 0, Fen(0)
    for run in runs:
        left = run.pieces
        while left:
            if not pieces:
                pieces, each = next(rest)
            taken = min(left, pieces)
            yield run._replace(pieces=taken), each
            left, pieces = left - taken, pieces - taken


def bearing(lines: Sequence[Sequence[Run]], freight: Fen) -> list[tuple[Run, ...]]:
    """The lines with the freight on their units by what is paid for them, by pieces when nothing is."""
    paid = any(run.goods for runs in lines for run in runs)
    weights = [(run.pieces, int(run.goods) if paid else 1, int(freight)) for runs in lines for run in runs]
    parts = iter(spread(freight, weights))
    return [
        merged([cheap._replace(freight=each) for run in runs for cheap, each in cut([run], next(parts))])
        for runs in lines
    ]


def merged(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Equal neighbours together, empty runs gone."""
    found = groupby((run for run in runs if run.pieces), key=lambda run: run._replace(pieces=0))
    return tuple(one._replace(pieces=sum(run.pieces for run in same)) for one, same in found)
