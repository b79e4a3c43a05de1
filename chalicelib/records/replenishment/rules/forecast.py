"""What a shelf will sell in a week, from what it sold in each of the weeks before. Pure.

A week of which too many days were out of stock says nothing of what customers wanted: it is None and is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SMOOTHING = 0.2  # of plain exponential smoothing: what the last week weighs
RARE_SMOOTHING = 0.1  # of what sells seldom
RARE = 0.6  # from this share of weeks without a sale on, something sells seldom
FEWEST_DAYS = 4  # a week with fewer days on sale is passed over
WEEK = 7


class Forecast(NamedTuple):
    """Pieces a week, the mean square of the errors that the same rule made one week ahead, and how many weeks say so."""

    mean: float
    variance: float
    weeks: int


NOTHING_KNOWN = Forecast(0.0, 0.0, 0)


def week_of(days: Sequence[int], lost: Sequence[bool]) -> int | None:
    """The demand of a week from the pieces of its days: days that began without stock are left out, and the others stand for
    them."""
    open_days = [pieces for pieces, gone in zip(days, lost, strict=True) if not gone]
    if len(open_days) < FEWEST_DAYS:
        return None
    return (sum(open_days) * WEEK + len(open_days) // 2) // len(open_days)


def forecast(weeks: Sequence[int | None]) -> Forecast:
    """What to expect of the next week: exponential smoothing, and its form for rare sales where most weeks sell nothing."""
    known = [pieces for pieces in weeks if pieces is not None]
    if not known:
        return NOTHING_KNOWN
    if sum(1 for pieces in known if pieces == 0) >= RARE * len(known):
        return rare(known, RARE_SMOOTHING)
    return smoothed(known, SMOOTHING)


def smoothed(known: Sequence[int], alpha: float) -> Forecast:
    """Simple exponential smoothing; it begins with the first week."""
    level, squares = float(known[0]), 0.0
    for pieces in known[1:]:
        error = pieces - level
        squares += error * error
        level += alpha * error
    return Forecast(level, squares / (len(known) - 1) if len(known) > 1 else level, len(known))


def rare(known: Sequence[int], alpha: float) -> Forecast:
    """After Teunter, Syntetos and Babai: how likely a sale is and how large, smoothed apart; what stops selling is forgotten."""
    chance, size, squares = 0.0, 0.0, 0.0
    for number, pieces in enumerate(known):
        if number:
            error = pieces - chance * size
            squares += error * error
        sold = 1.0 if pieces else 0.0
        chance = chance + alpha * (sold - chance) if number else sold
        if pieces:
            size = size + alpha * (pieces - size) if size else float(pieces)
    mean = chance * size
    return Forecast(mean, squares / (len(known) - 1) if len(known) > 1 else mean, len(known))
