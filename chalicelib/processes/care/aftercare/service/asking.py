"""Asking people how it pleased them: signed in, or by a signed link that names one order line."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chalicelib.records.care.rules import SurveyLineNotFound, SurveyNotYet
from chalicelib.records.care.service import courses, links, planning, surveys
from chalicelib.records.care.service.courses import CareCourse
from chalicelib.records.care.service.surveys import Opinion
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Sku
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.service import Order
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .accompanying import line_of


class Accompanied(NamedTuple):
    """A course with its goods as they stand, how to use them, whether it was answered for, and the link to do so."""

    course: CareCourse
    sku: Sku | None
    guide_zh: str
    guide_en: str
    answered: bool
    link: str


def answer(person: str, order_id: str, number: int, verdict: Opinion, work: Work) -> None:
    """Say how an order line pleased. Raises OrderNotFound, SurveyLineNotFound, SurveyNotYet, VaultClosed; its refusal:
    SurveyGivenAlready."""
    _answer(orders.own(order_id, person), number, verdict, work)


def _answer(order: Order, number: int, verdict: Opinion, work: Work) -> None:
    sku = _sku(order, number)
    surveys.answer(str(order.customer), line_of(order.id, number), sku, verdict, work)


def by_link(token: str, verdict: Opinion, work: Work) -> None:
    """The same, for whoever has the link. Raises SurveyLinkInvalid too."""
    line = links.read(token, work.now)
    order = orders.find(line[:-2])
    _answer(order, int(line[-2:]), verdict, work)


def shown(token: str, now: datetime) -> tuple[Sku | None, bool]:
    """What a link asks about, and whether it was answered. Raises SurveyLinkInvalid, OrderNotFound, SurveyLineNotFound,
    SurveyNotYet."""
    line = links.read(token, now)
    order = orders.find(line[:-2])
    (row,) = table.batch([catalog.key(_sku(order, int(line[-2:])))])
    return row, surveys.given(str(order.customer), line) is not None


def _sku(order: Order, number: int) -> str:
    if not 0 <= number < len(order.lines):
        raise SurveyLineNotFound()
    if not order.ledger[number].delivered:
        raise SurveyNotYet()
    return str(order.lines[number].sku)


def mine(person: str, limit: int, cursor: str | None, now: datetime) -> tuple[list[Accompanied], str | None]:
    """A page of what one is accompanied with."""
    rows, more = courses.listed(person, limit, cursor)
    plans = planning.plans() if rows else {}
    goods = table.batch([catalog.key(row.sku) for row in rows]) if rows else []
    done = surveys.answered(person, [row.line for row in rows])
    found = []
    for row, sku, answered in zip(rows, goods, done, strict=True):
        plan = plans.get(row.category)
        guides = (plan.guide_zh, plan.guide_en) if plan is not None else ("", "")
        found.append(Accompanied(row, sku, *guides, answered, links.token(row.line, now)))
    return found, more
