"""Who gets which pieces, where several offers of a lane want the same: the most for the customer, money before gifts.

Up to `MOST_CONTENDING` offers that want the same pieces are tried in every order, within the `TRIALS` of a purchase; beyond
that they are served greedily, the largest first, and the result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from .units import Deal, Lack

MOST_CONTENDING = 6
TRIALS = 600

Free = tuple[int, ...]  # pieces of every unit that nobody has taken
Worth = tuple[int, int]  # fen off; what comes beside it


class Settled(NamedTuple):
    """The deals that hold, by contender; what every contender would have alone; whether every order was tried."""

    deals: dict[int, Deal]
    alone: list[Deal | Lack]
    exact: bool
    trials: int


class Contest(NamedTuple):
    """`trial` says what a contender does with free pieces, `worth` what such a deal is worth; `claims` are the units each may
    take. Contenders stand in the order in which equals come first."""

    claims: Sequence[frozenset[int]]
    trial: Callable[[int, Free], Deal | Lack]
    worth: Callable[[Deal], Worth]


def settle(contest: Contest, free: Free, trials: int = TRIALS) -> Settled:
    """The best division of the free pieces."""
    alone = [contest.trial(one, free) for one in range(len(contest.claims))]
    fit = {one: deal for one, deal in enumerate(alone) if isinstance(deal, Deal) and deal.gives}
    deals: dict[int, Deal] = {}
    exact = True
    for group in groups(list(fit), contest.claims):
        if 1 < len(group) <= MOST_CONTENDING and trials:
            search = EveryOrder(contest, trials)
            found = dict(search.best(tuple(group), free)[1])
            trials = search.trials
            if trials:
                deals |= found
                continue
        exact = exact and len(group) == 1
        deals |= greedy(contest, {one: fit[one] for one in group}, free)
    return Settled(deals, alone, exact, trials)


def groups(fit: Sequence[int], claims: Sequence[frozenset[int]]) -> list[list[int]]:
    """Contenders together that want the same units, directly or by way of others."""
    found: list[tuple[set[int], list[int]]] = []
    for one in fit:
        units, members = set(claims[one]), [one]
        apart = []
        for other in found:
            if units.isdisjoint(other[0]):
                apart.append(other)
            else:
                units |= other[0]
                members = [*other[1], *members]
        found = [*apart, (units, members)]
    return sorted(sorted(members) for _, members in found)


class EveryOrder:
    """Every order in which contenders may be served; what is left to whom is looked at once. It gives up, and what it found
    is not the best, when no `trials` are left."""

    def __init__(self, contest: Contest, trials: int) -> None:
        self.contest = contest
        self.trials = trials
        self._known: dict[tuple[tuple[int, ...], Free], tuple[Worth, tuple[tuple[int, Deal], ...]]] = {}

    def best(self, waiting: tuple[int, ...], free: Free) -> tuple[Worth, tuple[tuple[int, Deal], ...]]:
        """The most that those who wait can make of what is free, and how."""
        if (waiting, free) in self._known:
            return self._known[waiting, free]
        found: tuple[Worth, tuple[tuple[int, Deal], ...]] = ((0, 0), ())
        for one in waiting:
            if not self.trials:
                break
            self.trials -= 1
            deal = self.contest.trial(one, free)
            if isinstance(deal, Lack) or not deal.gives:
                continue
            rest = tuple(other for other in waiting if other != one)
            (off, beside), later = self.best(rest, taken_from(free, deal))
            worth = self.contest.worth(deal)
            total = worth[0] + off, worth[1] + beside
            if total > found[0]:
                found = total, ((one, deal), *later)
        self._known[waiting, free] = found
        return found


def greedy(contest: Contest, alone: Mapping[int, Deal], free: Free) -> dict[int, Deal]:
    """The largest first, each on what is left."""
    deals: dict[int, Deal] = {}
    for one in sorted(alone, key=lambda one: contest.worth(alone[one]), reverse=True):
        deal = contest.trial(one, free)
        if isinstance(deal, Deal) and deal.gives:
            deals[one] = deal
            free = taken_from(free, deal)
    return deals


def taken_from(free: Free, deal: Deal) -> Free:
    """What is free after a deal."""
    left = list(free)
    for at, pieces, _ in deal.taken:
        left[at] -= pieces
    return tuple(left)
