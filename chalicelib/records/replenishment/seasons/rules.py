"""What is decided of a season: when what is to be done, how much is bought, whether it sells as expected, and how far prices
go down at its end. Pure; prices in fen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

from ..rules.forecast import WEEK
from ..rules.reorder import quantile

TASKS = {"confirm": 180, "first_buy": 150, "second_buy": 120, "received": 90}  # days before the season begins
LEAST_AHEAD, LONGEST = 90, 182  # days
FIRST_BUY = 60  # percent of what is bought
WAITING, DUE, DONE, SKIPPED = "waiting", "due", "done", "skipped"
STRAYS, SLACK = 25, 10  # percent: of what was expected by now; of that, to come back
LEAST_TOLD = 20  # pieces that are to have sold before anybody says that it goes otherwise
OVER, UNDER, AS_EXPECTED = "over", "under", ""
LADDER = (90, 80, 70, 50)  # percent of the season's price
CLEARING_WEEKS, STEP_WEEKS = 8, 2


class SeasonNotFound(NotFound):
    zh, en = "季节备货计划不存在", "There is no such season plan"


class SeasonStateConflict(Conflict):
    spoken = {
        "draft": "草稿", "active": "进行中", "clearing": "清仓中", "done": "已完成", "cancelled": "已取消",
    }  # fmt: skip
    state: str
    zh, en = "季节备货计划当前状态为{state}", "The season plan is {state}; this cannot be done now"


class SeasonMoved(Conflict):
    zh, en = "计划刚刚变化，请重试", "The plan was changed just now; please try again"


class SeasonTooNear(Invalid):
    days: int
    zh, en = "季节备货须至少提前 {days} 天制定", "A season is planned at least {days} days ahead"


class SeasonDatesWrong(Invalid):
    days: int
    zh, en = "季节须在开始之后结束，且不超过 {days} 天", "A season ends after it begins, {days} days later at most"


class SeasonUnitsUnknown(Invalid):
    zh, en = "没有去年同期销量，请填写预计销量", "Nothing is known of last year: say how many pieces are expected"


class SeasonTaskNotFound(NotFound):
    task: str
    zh, en = "计划没有任务 {task}", "The plan has no task {task}"


class SeasonTaskNotDue(Conflict):
    task: str
    zh, en = "任务 {task} 尚未到期或已处理", "The task {task} is not due, or was dealt with"


# activate: its tasks come due from now on; end: the season is over, what is left is cleared; finish: all is sold, or the ladder
# is at its end; cancel: it is given up.
SEASON = States(
    "draft",
    {
        "draft": {"activate": "active", "cancel": "cancelled"},
        "active": {"end": "clearing", "cancel": "cancelled"},
        "clearing": {"finish": "done", "cancel": "cancelled"},
    },
    absent=SeasonNotFound,
    conflict=SeasonStateConflict,
)


def fits(starts: date, ends: date, today: date) -> None:
    """Raises SeasonTooNear, SeasonDatesWrong."""
    if not 0 < (ends - starts).days < LONGEST:
        raise SeasonDatesWrong(days=LONGEST)
    if (starts - today).days < LEAST_AHEAD:
        raise SeasonTooNear(days=LEAST_AHEAD)


def at_nine(day: date) -> datetime:
    """When on a day people are told of it."""
    return datetime.combine(day, time(9), SHOP_ZONE)


def due_at(starts: date) -> dict[str, datetime]:
    """When each task comes due."""
    return {task: at_nine(starts - timedelta(days)) for task, days in TASKS.items()}


def weeks_in(starts: date, ends: date) -> int:
    """How many weeks a season has; both days belong to it."""
    return -(-((ends - starts).days + 1) // WEEK)


def expected(last: Sequence[int], weeks: int, growth: int, units: int | None) -> list[int]:
    """What is expected of each week: as many pieces as somebody said, or as last year and so many percent more, spread as last
    year's season went (evenly where nothing is known of it). Raises SeasonUnitsUnknown."""
    known = sum(last)
    total = units if units is not None else (known * (100 + growth) + 50) // 100
    if total <= 0:
        raise SeasonUnitsUnknown()
    shape = list(last) if known and len(last) == weeks else [1] * weeks
    spread, given, seen = [], 0, 0
    for part in shape:
        seen += part
        spread.append(total * seen // sum(shape) - given)
        given += spread[-1]
    return spread


def to_buy(units: int, spread: int, gain: int, loss: int) -> int:
    """How many pieces to buy of what is expected to sell so often, give or take `spread` percent: as many as make a piece too
    few, which loses `gain` fen, as dear as one too many, which loses `loss`."""
    return quantile(gain / (gain + loss), units, (units * spread / 100) ** 2)


def buys(pieces: int) -> tuple[int, int]:
    """What is bought first, and what once it is known how others sell."""
    first = -(-pieces * FIRST_BUY // 100)
    return first, pieces - first


def strays(before: str, sold: int, expected_by_now: int) -> str:
    """Whether a season sells more or less than expected: by a quarter, and until it is back by a tenth of that."""
    if expected_by_now < LEAST_TOLD:
        return AS_EXPECTED
    percent = 100 * (sold - expected_by_now)
    over, under = (STRAYS * (100 - (SLACK if before == side else 0)) for side in (OVER, UNDER))
    if percent * 100 > over * expected_by_now:
        return OVER
    return UNDER if -percent * 100 > under * expected_by_now else AS_EXPECTED


def marked_down(base: int, price: int, floor: int | None, left: int, weekly_milli: int, weeks: int) -> int | None:
    """The price that is proposed for what is left: the dearest step of the ladder at which it sells out in so many weeks, where
    half the price sells four times as much; else the cheapest. Never below the floor; None where there is no lower one."""
    steps = {max(base * percent // 100, floor or 1) for percent in LADDER}
    lower = sorted((one for one in steps if one < price), reverse=True)
    for one in lower:
        if weekly_milli * weeks * base**2 >= left * 1000 * one**2:
            return one
    return lower[-1] if lower else None
