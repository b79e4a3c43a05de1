"""What replenishment tells."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class ShelfAlerted(
    Fact, context="replenishment", audit=Left("nobody's act: it follows from stock and demand, which are kept")
):
    """A shelf went out of stock, below its reorder point, or above what it sells in 90 days (`level`): once a crossing.
    `suggested`: how many pieces to order."""

    sku: str
    location: str
    level: str
    available: int
    reorder_point: int
    suggested: int


class ShelfTermsChanged(Fact, context="replenishment", audit=Audit("shop", "sku")):
    """Somebody said how a shelf is to be supplied, or that it is supplied as all are (`own` false)."""

    sku: str
    location: str
    own: bool


class ShelvesDue(Fact, context="replenishment", audit=REMINDER):
    """The shelves of a shard after this place are to be looked at on this day."""

    day: str
    shard: str
    after: str = ""


class SeasonChanged(Fact, context="replenishment", audit=Audit("shop", "season")):
    """A season plan came to a state: draft, active, clearing, done or cancelled."""

    season: str
    state: str


class SeasonTaskDue(Fact, context="replenishment", audit=REMINDER):
    """For later: a task of a season plan comes due."""

    season: str
    task: str


class SeasonTaskOpened(Fact, context="replenishment", audit=Left("nobody's act: time passed, and the plan keeps it")):
    """A task of a season plan is due: somebody must see to it."""

    season: str
    task: str


class SeasonTaskFinished(Fact, context="replenishment", audit=Audit("shop", "season")):
    """Somebody did a task of a season plan, or skipped it."""

    season: str
    task: str
    outcome: str


class SeasonWeekDue(Fact, context="replenishment", audit=REMINDER):
    """For later: a week of a season is over."""

    season: str
    week: int


class SeasonStrayed(Fact, context="replenishment", audit=Left("nobody's act: it follows from sales, which are kept")):
    """A season sells more (`over`) or less (`under`) than expected by now: once a crossing."""

    season: str
    side: str
    sold: int
    expected: int


class SeasonClearDue(Fact, context="replenishment", audit=REMINDER):
    """For later: what is left of a season is to be marked down, by this step."""

    season: str
    step: int
