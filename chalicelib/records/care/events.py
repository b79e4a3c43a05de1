"""What care tells: never what was said."""

from __future__ import annotations

from chalicelib.kernel.facts import Audit, Fact, Left

COURSES = Left("the course itself is kept")


class CarePlanChanged(Fact, context="care", audit=Audit("shop", "category")):
    """What is done for goods of a category was set, or (`revision` 0) is done no more."""

    category: str
    revision: int


class CareConsultationsSet(Fact, context="care", audit=Audit("shop", "product")):
    """An order line of a product brings so many consultations for so many days from now on; 0: none."""

    product: str
    count: int
    days: int


class CareCourseBegun(Fact, context="care", audit=COURSES):
    """An order line was delivered and is accompanied."""

    person: str
    line: str
    category: str


class CareCourseEnded(Fact, context="care", audit=COURSES):
    """It is accompanied no more; `why` is refund or quiet."""

    person: str
    line: str
    why: str


class SurveyAnswered(Fact, context="care", audit=Left("the answer itself is kept")):
    """Somebody said how an order line pleased them."""

    line: str
    sku: str
    score: int


class ImprovementRaised(Fact, context="care", audit=Audit("shop", "task")):
    """A product is spoken of so that something has to be done; `why` is nps or a tag."""

    task: str
    sku: str
    why: str


class ImprovementAsked(Fact, context="care", audit=Audit("shop", "task")):
    """A journey wants the shop's people to do something for somebody."""

    task: str
    journey: str
    person: str


class ImprovementMoved(Fact, context="care", audit=Audit("shop", "task")):
    """Somebody took an improvement task (`outcome` empty), or settled it."""

    task: str
    owner: str
    outcome: str
