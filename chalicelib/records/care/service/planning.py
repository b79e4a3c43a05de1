"""What is planned for which goods."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .. import steps
from ..events import CareConsultationsSet, CarePlanChanged
from ..model import CONSULTATION, PLANS, ProductConsultations
from ..model import CarePlan as CarePlan  # what reads return
from ..rules import CareDaysWrong, CarePlanNotFound


class Planned(NamedTuple):
    """What goods get: how to use them (zh, en), and so many days after delivery a visit and a word of replenishing."""

    guide_zh: str
    guide_en: str
    visit_days: int | None
    refill_days: int | None


def plan(category: str, seen: int, planned: Planned, work: Work) -> int:
    """Set what is done for a category's goods; returns the new revision. Raises CareDaysWrong; its refusal: StaleCarePlan."""
    if planned.visit_days is not None and planned.refill_days is not None and planned.refill_days <= planned.visit_days:
        raise CareDaysWrong()
    work.add(steps.plan(CarePlan(PLANS, category, revision=seen + 1, **planned._asdict()), seen))
    work.publish(CarePlanChanged(category, seen + 1))
    return seen + 1


def unplan(category: str, work: Work) -> None:
    """Plan nothing for a category any more; whoever is accompanied already stays so. Its refusal: CarePlanNotFound."""
    work.add(steps.unplan(category))
    work.publish(CarePlanChanged(category, 0))


def consultations(product: str, count: int, days: int, work: Work) -> None:
    """Have each order line of a product bring so many consultations from now on."""
    work.add(steps.consultations(product, count, days))
    work.publish(CareConsultationsSet(product, count, days))


def plans() -> dict[str, CarePlan]:
    """All plans, by category: a shop has few."""
    return {row.category: row for row in table.every(CarePlan, PLANS, consistent=True)}


def find(category: str) -> CarePlan:
    """Raises CarePlanNotFound."""
    row = table.get(CarePlan, PLANS, category, consistent=True)
    if row is None:
        raise CarePlanNotFound()
    return row


def brought(product: str) -> ProductConsultations | None:
    """What an order line of a product brings, if anything."""
    return table.get(ProductConsultations, product, CONSULTATION, consistent=True)
