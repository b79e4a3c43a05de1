"""How much must lie there: the reorder point of a shelf from its forecast and from how long supply takes. Pure.

Demand until supply comes is taken as negative binomial: the normal form promises too much where little sells, and Poisson
always does. Days, weeks and pieces; chances are shares of one.
"""

from __future__ import annotations

from math import ceil, exp, log, sqrt
from statistics import NormalDist
from typing import NamedTuple

from .forecast import SMOOTHING, WEEK, Forecast

LEAST_SPREAD = 1.05  # the variance is never below so many means: negative binomial begins above Poisson
SMALLEST_LOG = -650.0  # below it the first term of the recurrence is nothing in a float
LONGEST = 20_000  # terms; what sells more is asked of the gamma distribution, which it nears


class SupplyTerms(NamedTuple):
    """How a shelf is supplied: with which chance it shall last, until when, and what a person bounds it with.

    `lead_days` until what is ordered is there, give or take `lead_spread` (standard deviation); looked at every
    `review_days`; each order covers `cover_days` more. `least` and `most` bound the reorder point. `withheld`: its safety stock
    is not sold.
    """

    service: int = 95  # percent
    lead_days: int = 14
    lead_spread: int = 3
    review_days: int = 7
    cover_days: int = 28
    least: int = 0
    most: int = 1_000_000
    withheld: bool = False


class Need(NamedTuple):
    """When to order and up to which level; `safety` is what of the reorder point is above what is expected to sell."""

    reorder_point: int
    safety: int
    order_up_to: int


def need(expected: Forecast, terms: SupplyTerms) -> Need:
    """The reorder point covers the time until the next look and the delivery after it, with the chance that was asked for."""
    mean, variance = until_supply(expected, terms)
    point = min(max(quantile(terms.service / 100, mean, variance), terms.least), terms.most)
    cycle = ceil(expected.mean * terms.cover_days / WEEK - 1e-9)
    return Need(point, max(0, point - round(mean)), point + cycle)


def until_supply(expected: Forecast, terms: SupplyTerms) -> tuple[float, float]:
    """(mean, variance) of what sells until what is ordered at the next look is there.

    The errors of several weeks are more than that of one as often: the level that they all begin with was off, too.
    """
    weeks, late = (terms.lead_days + terms.review_days) / WEEK, terms.lead_spread / WEEK
    after = max(0.0, weeks - 1)
    together = 1 + SMOOTHING * after + SMOOTHING**2 * after * (2 * weeks - 1) / 6
    return expected.mean * weeks, expected.variance * weeks * together + (expected.mean * late) ** 2


def quantile(chance: float, mean: float, variance: float) -> int:
    """The fewest pieces that are enough with this chance (below 1), where demand has this mean and variance."""
    if mean <= 0:
        return 0
    spread = max(variance, LEAST_SPREAD * mean)
    size = mean * mean / (spread - mean)
    first = size * log(size / (size + mean))
    if first < SMALLEST_LOG or mean > LONGEST:
        return _of_gamma(chance, mean, spread)
    odds = mean / (size + mean)
    term = total = exp(first)
    pieces = 0
    while total < chance and term > 0:
        term *= (pieces + size) / (pieces + 1) * odds
        pieces += 1
        total += term
    return pieces


def _of_gamma(chance: float, mean: float, variance: float) -> int:
    """The same where much sells, after Wilson and Hilferty."""
    shape = mean * mean / variance
    part = 1 / (9 * shape)
    most = mean * max(0.0, 1 - part + NormalDist().inv_cdf(chance) * sqrt(part)) ** 3
    return ceil(most - 0.5)  # half a piece, since pieces are whole


def suggested(wanted: Need, available: int) -> int:
    """How many pieces to order now: none while there is more than the reorder point."""
    return wanted.order_up_to - available if available <= wanted.reorder_point else 0
