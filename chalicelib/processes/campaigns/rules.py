"""Whether people came again because they were met: two shares and what can be said of their difference. Statistics, not money.

Below the number of people by which a fifth more would be found four times of five, nothing is said: a figure of few is read as if
it were one of many.
"""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from chalicelib.kernel.errors import NotFound

SURE, POWER = 0.95, 0.80
MET_PER_ALONE = 9  # 90 % are met, 10 % left alone
FOUND = 0.20  # more than of those left alone: what must be findable before anything is said
NORMAL = NormalDist()


class AudienceNotFound(NotFound):
    zh, en = "人群文件不存在", "There is no such file of people"


class Share(NamedTuple):
    """So many of so many."""

    hits: int
    people: int

    @property
    def rate(self) -> float:
        return self.hits / self.people if self.people else 0.0


class Effect(NamedTuple):
    """The difference of two shares, with the bounds between which it lies, surely to 95 %."""

    difference: float
    low: float
    high: float

    @property
    def significant(self) -> bool:
        return not self.low <= 0.0 <= self.high


def needed(base: float, more: float) -> int:
    """How many must be left alone so that a share of so much more than the base is found four times of five."""
    other = base * (1 + more)
    reach = NORMAL.inv_cdf((1 + SURE) / 2) + NORMAL.inv_cdf(POWER)
    spread = base * (1 - base) + other * (1 - other) / MET_PER_ALONE
    return round(reach**2 * spread / (other - base) ** 2)


def effect(met: Share, alone: Share) -> Effect:
    """The difference and its interval, by the normal approximation. Both shares are of somebody."""
    spread = sqrt(sum(one.rate * (1 - one.rate) / one.people for one in (met, alone)))
    difference, reach = met.rate - alone.rate, NORMAL.inv_cdf((1 + SURE) / 2) * spread
    return Effect(difference, difference - reach, difference + reach)


def told(met: Share, alone: Share) -> Effect | None:
    """What may be said of it; None: not enough people yet."""
    if not met.people or not 0 < alone.hits < alone.people or alone.people < needed(alone.rate, FOUND):
        return None
    return effect(met, alone)
