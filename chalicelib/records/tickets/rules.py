"""A ticket's state table, who is asked, what of a text is shown to whom, and this context's refusals."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

ORDER, PRODUCT, CONSULTATION, OTHER = "order", "product", "consultation", "other"
KINDS = (ORDER, PRODUCT, CONSULTATION, OTHER)
CUSTOMER, SHOP = "customer", "shop"
MOST_TURNS = 200
MOST_STARS = 5


class TicketNotFound(NotFound):
    zh, en = "工单不存在", "There is no such ticket"


class TicketStateConflict(Conflict):
    spoken = {"open": "待回复", "answered": "已回复", "closed": "已关闭"}
    state: str
    zh, en = "工单当前状态为 {state}，不能执行此操作", "The ticket is {state}; this cannot be done now"


class TicketMoved(Conflict):
    zh, en = "工单刚刚变化，请重试", "The ticket changed just now; please try again"


class TicketFull(Conflict):
    most: int
    zh, en = "工单对话已达 {most} 条，请新建工单", "A ticket holds {most} messages; please open another"


class TicketRated(Conflict):
    zh, en = "该工单已评价", "This ticket was rated already"


class TicketSubjectWrong(Invalid):
    zh, en = "请指明工单所关于的订单或商品", "Say which order or product it is about, and nothing else"


class TicketAgentUnfit(Invalid):
    zh, en = "该员工不能处理工单", "This person does not answer tickets"


class ConsultationNotFound(NotFound):
    zh, en = "没有可用的咨询次数", "There is no consultation left to use"


class ConsultationOver(Conflict):
    zh, en = "该咨询权益已用完、过期或已随退款失效", "This consultation is used up, past its end, or went with a refund"


class ConsultationMoved(Conflict):
    zh, en = "咨询权益刚刚变化，请重试", "The consultation changed just now; please try again"


TICKET = States(
    "open",
    {
        "open": {"reply": "open", "answer": "answered", "close": "closed"},
        "answered": {"reply": "open", "answer": "answered", "close": "closed"},
        "closed": {"rate": "closed"},
    },
    absent=TicketNotFound,
    conflict=TicketStateConflict,
)
STATES = tuple(TICKET.all)


class Seat(NamedTuple):
    """One of the people at the desk: whether customers of high value are theirs, and until when they are away."""

    id: str
    named: bool
    away_until: datetime | None

    def away(self, now: datetime) -> bool:
        return self.away_until is not None and now < self.away_until


def person_of(customer: str, seats: Iterable[Seat], now: datetime) -> str | None:
    """Whose a customer of high value is: always the same of those who are named, while they are away always the same other;
    None where all are."""
    there = [seat.id for seat in seats if seat.named and not seat.away(now)]
    return max(there, key=lambda one: hashlib.sha256(f"{customer}|{one}".encode()).digest(), default=None)


def valued(paid: Sequence[int], *, fen: int, orders: int) -> bool:
    """Whether somebody who paid these amounts (fen, what went back taken off) in a year is of high value."""
    kept = [one for one in paid if one > 0]
    return sum(kept) >= fen or len(kept) >= orders


# ---- what operators see ---------------------------------------------------------------------------------------------
_MAIL = re.compile(r"([0-9A-Za-z._+-])[0-9A-Za-z._+-]*(@[0-9A-Za-z-]+\.[0-9A-Za-z.-]+)")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9０-９](?:[ \-]?[0-9０-９]){5,}[ \-]?[0-9０-９Xx](?![0-9A-Za-z])")
HEAD, TAIL = 3, 2  # letters of a number that stay


def masked(text: str) -> str:
    """A text in which whatever looks like a phone number, a card, an identity number or an e-mail address is covered."""
    return _NUMBER.sub(_covered, _MAIL.sub(r"\1***\2", text))


def _covered(found: re.Match[str]) -> str:
    number = re.sub(r"[ \-]", "", found[0])
    return f"{number[:HEAD]}{'*' * (len(number) - HEAD - TAIL)}{number[-TAIL:]}"
