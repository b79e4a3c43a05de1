"""Asking people how it pleased them: signed in, or by a signed link that names one order line."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from itsdangerous import BadData, Signer

from chalicelib.records.care.rules import SurveyLineNotFound, SurveyLinkInvalid, SurveyNotYet
from chalicelib.records.care.service import courses, planning, surveys
from chalicelib.records.care.service.courses import CareCourse
from chalicelib.records.care.service.surveys import Opinion
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Sku
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.service import Order
from chalicelib.runtime import keys, table
from chalicelib.runtime.work import Work

from .accompanying import line_of

LINKED = timedelta(days=30)


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
    line = read(token, work.now)
    order = orders.find(line[:-2])
    _answer(order, int(line[-2:]), verdict, work)


def shown(token: str, now: datetime) -> tuple[Sku | None, bool]:
    """What a link asks about, and whether it was answered. Raises SurveyLinkInvalid, OrderNotFound, SurveyLineNotFound,
    SurveyNotYet."""
    line = read(token, now)
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
        found.append(Accompanied(row, sku, *guides, answered, link(row, now)))
    return found, more


# ---- links ----------------------------------------------------------------------------------------------------------
def link(row: CareCourse, now: datetime) -> str:
    """The token by which a line is answered for without signing in: the line, until when (s), and the shop's signature."""
    return str(_signer().sign(f"{row.line}.{int((now + LINKED).timestamp())}").decode())


def read(token: str, now: datetime) -> str:
    """The line that a link asks about. Raises SurveyLinkInvalid."""
    try:
        line, _, until = _signer().unsign(token).decode().partition(".")
    except BadData as error:
        raise SurveyLinkInvalid() from error
    if now.timestamp() >= int(until):
        raise SurveyLinkInvalid()
    return line


def _signer() -> Signer:
    return Signer(keys.signing_keys(), salt="survey", digest_method=sha256)
