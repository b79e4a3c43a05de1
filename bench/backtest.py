"""Forecast and reorder point on a year of a real shop: how far they were off, and how often what lay there was enough.

Prints both, and fails beyond the bounds. The year comes with a package of 32 MB (`requirements-backtest.txt`), which lives in
a virtual environment of its own: `make backtest`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence

from chalicelib.records.replenishment.rules.forecast import Forecast, forecast, rare, smoothed
from chalicelib.records.replenishment.rules.reorder import SupplyTerms, need

from .year import weekly

SKUS = 1_500
ORIGINS, AHEAD = 8, 4  # forecasts from eight weeks of the year, each of the four weeks after
OFF, SHORT = 0.49, 1.5  # of what sold; points of percent
SUPPLIES = SupplyTerms(lead_days=14, lead_spread=0, review_days=7)  # three weeks until what is ordered is there
Weeks = Sequence[int]
RULES: dict[str, Callable[[Weeks], Forecast]] = {
    "as the shop does": forecast,
    "smoothing 0.2": lambda weeks: smoothed(weeks, 0.2),
    "smoothing 0.1": lambda weeks: smoothed(weeks, 0.1),
    "rare sales 0.1": lambda weeks: rare(weeks, 0.1),
    "as last week": lambda weeks: Forecast(weeks[-1], 0, 1),
}


def origins(years: Sequence[Weeks], ahead: int) -> Iterator[tuple[Weeks, int]]:
    """(the weeks known, what sold in those after) of each SKU at each origin."""
    for weeks in years:
        for back in range(1, ORIGINS + 1):
            end = len(weeks) - AHEAD * back
            yield weeks[:end], sum(weeks[end : end + ahead])


def off(years: Sequence[Weeks], rule: Callable[[Weeks], Forecast]) -> float:
    """By how much a rule was off in all, as a part of what sold."""
    told = [(rule(known).mean * AHEAD, after) for known, after in origins(years, AHEAD)]
    return sum(abs(said - after) for said, after in told) / sum(after for _, after in told)


def service(years: Sequence[Weeks], percent: int) -> tuple[float, float]:
    """(in how many percent of the times there was enough, safety stock a SKU)."""
    terms = SUPPLIES._replace(service=percent)
    told = [(need(forecast(known), terms), after) for known, after in origins(years, 3)]
    enough = sum(needed.reorder_at >= after for needed, after in told)
    return 100 * enough / len(told), sum(needed.safety for needed, _ in told) / len(told)


def report(name: str, years: Sequence[Weeks]) -> bool:
    """Print the figures of some SKUs; answers whether they keep their bounds."""
    pieces = [one for weeks in years for one in weeks]
    empty, each = 100 * pieces.count(0) // len(pieces), sum(pieces) / len(pieces)
    print(f"{name}: {len(years)} SKUs, {empty} % of weeks without a sale, {each:.2f} pieces a week")
    for rule, does in RULES.items():
        print(f"  {rule:>16}: off by {off(years, does):.3f} of what sold")
    kept = off(years, forecast) <= OFF
    for percent in (95, 98):
        reached, safety = service(years, percent)
        print(
            f"  asked for {percent} %: enough {reached:.1f} % of the times, with {safety:.1f} pieces of safety stock a SKU"
        )
        kept = kept and abs(reached - percent) <= SHORT
    return kept


def main() -> int:
    every = weekly()
    steady = [weeks for weeks in every if sum(map(bool, weeks)) >= 12]  # sold in every fourth week or more
    spread = steady[:: len(steady) // SKUS][:SKUS]
    kept = [report("those in most baskets", every[:SKUS]), report("one in so many of what sells at all", spread)]
    begun = time.process_time()
    for number in range(100_000):
        need(forecast(spread[number % SKUS]), SUPPLIES)
    print(f"100,000 SKUs forecast: {time.process_time() - begun:.1f} s on one core")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
