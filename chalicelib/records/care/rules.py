"""When goods are looked after again, what a survey's answers come to, and this context's refusals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

GUIDE, VISIT, REFILL = "care_guide", "care_visit", "care_refill"  # the kinds of what falls due
REFUNDED, QUIET = "refund", "quiet"  # why a course ends
BEST, GOOD, BAD = 10, 9, 6  # of a score: promoters from GOOD on, detractors up to BAD
MOST_TAGS = 3
TAGS: Mapping[str, bool] = {  # what may be said in a word, and whether that is a complaint
    "effective": False, "pleasant": False, "good_value": False, "well_packed": False,
    "no_effect": True, "irritating": True, "damaged": True, "not_as_shown": True, "hard_to_use": True, "poor_value": True,
}  # fmt: skip
TAG_NAMES = tuple(TAGS)
BY_NPS, BY_JOURNEY = "nps", "journey"  # why a task was raised, where it was no tag
OUTCOMES = ("improved", "description_changed", "withdrawn", "no_fault", "done")


class CarePlanNotFound(NotFound):
    zh, en = "该分类没有关怀计划", "There is no care plan for this category"


class StaleCarePlan(Conflict):
    zh, en = "关怀计划刚刚被修改，请重新读取", "The care plan was changed meanwhile; please read it again"


class CareDaysWrong(Invalid):
    zh, en = "复购提醒须晚于回访", "The replenishment comes after the visit"


class CareCourseMoved(Conflict):
    zh, en = "关怀刚刚变化，请重试", "The care of this order changed just now; please try again"


class SurveyGivenAlready(Conflict):
    zh, en = "该商品已评价过，感谢您的反馈", "This was answered already; thank you"


class SurveyNotYet(Conflict):
    zh, en = "商品签收后才能填写回访问卷", "This can be answered once it was delivered"


class SurveyLinkInvalid(NotFound):
    zh, en = "问卷链接无效或已过期", "This link is not valid, or not any more"


class SurveyLineNotFound(NotFound):
    zh, en = "订单中没有该商品行", "The order has no such line"


class ImprovementTaskNotFound(NotFound):
    zh, en = "改进任务不存在", "There is no such improvement task"


class ImprovementTaskStateConflict(Conflict):
    spoken = {"open": "待认领", "in_hand": "处理中", "settled": "已完结"}
    spoken_en = {"in_hand": "in hand"}
    state: str
    zh, en = "改进任务当前状态为 {state}，不能执行此操作", "The improvement task is {state}; this cannot be done now"


class ImprovementTaskRaised(Conflict):
    zh, en = "该商品已有未完结的改进任务", "An improvement task of this product is under way already"


TASK = States(
    "open",
    {
        "open": {"take": "in_hand", "settle": "settled"},
        "in_hand": {"take": "in_hand", "settle": "settled"},
        "settled": {},
    },
    absent=ImprovementTaskNotFound,
    conflict=ImprovementTaskStateConflict,
)
TASK_STATES = tuple(TASK.all)


class Spoken(NamedTuple):
    """How a SKU is spoken of: answers, promoters, detractors, and how often each tag was named."""

    answers: int
    promoters: int
    detractors: int
    tags: Mapping[str, int]

    @property
    def nps(self) -> int:
        """Promoters less detractors in percent, rounded towards nought; 0 where nobody answered."""
        if not self.answers:
            return 0
        surplus = self.promoters - self.detractors
        whole = abs(surplus) * 100 // self.answers
        return whole if surplus >= 0 else -whole

    def share(self, tag: str) -> int:
        """In how many of a hundred answers a tag was named, rounded down."""
        return self.tags.get(tag, 0) * 100 // self.answers if self.answers else 0


class Grievance(NamedTuple):
    """Why something is to be improved, and the figure that says so."""

    why: str
    figure: int


def alarming(spoken: Spoken, *, least: int, nps: int, percent: int) -> Grievance | None:
    """Why a SKU is to be improved: with enough answers, its NPS below a bound or a complaint named in more than a share of
    them."""
    if spoken.answers < least:
        return None
    if (spoken.promoters - spoken.detractors) * 100 < nps * spoken.answers:
        return Grievance(BY_NPS, spoken.nps)
    loud = [tag for tag, bad in TAGS.items() if bad and spoken.tags.get(tag, 0) * 100 > percent * spoken.answers]
    worst = max(loud, key=lambda tag: spoken.tags[tag], default=None)
    return Grievance(worst, spoken.share(worst)) if worst is not None else None


def nearest(path: Sequence[str], planned: Mapping[str, object]) -> str | None:
    """The category whose plan is for goods of the last of these: its own, else of the nearest above it."""
    return next((category for category in reversed(path) if category in planned), None)
