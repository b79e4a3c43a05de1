"""The audit log's front door, for administrators and finance."""

import json
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field, model_validator

from chalicelib.kernel.clock import instant, iso
from chalicelib.runtime.http import Page, View, endpoint
from chalicelib.runtime.http.kinds import EXACT, WHOLE
from chalicelib.runtime.http.shapes import Paging, Query

from . import service
from .rules import Entry

bp = Blueprint(__name__)
MOST_VERIFIED = 20_000  # a request's worth; the whole chain is verified by `make audit`


class Listing(Paging):
    """Newest first; about one thing (an order, payment, person, SKU, switch …) or by one actor, not both."""

    subject: Annotated[str, Field(min_length=1, max_length=64), EXACT] | None = None
    actor: Annotated[str, Field(min_length=1, max_length=64), EXACT] | None = None

    @model_validator(mode="after")
    def one_filter(self) -> "Listing":
        if self.subject is not None and self.actor is not None:
            raise ValueError("ask by subject or by actor, not by both")
        return self


class Span(Query):
    """From which entry to which; by default the newest thousand."""

    first: Annotated[int, Field(ge=1, le=10**12), WHOLE] | None = None
    last: Annotated[int, Field(ge=1, le=10**12), WHOLE] | None = None


class EntryView(View):
    """One entry: what happened to what, when, and by whom. `hash` covers it and the entry before."""

    seq: int
    happened_at: str
    noted_at: str
    fact: str
    why: str
    actor: str
    subject: str
    data: dict[str, Any]
    event: str
    previous: str
    hash: str


class BreakView(View):
    """A place where the chain does not hold."""

    seq: int
    trouble: str


class VerificationView(View):
    """Whether the chain holds from entry to entry."""

    holds: bool
    first: int
    last: int
    rows: int
    head: str
    breaks: list[BreakView]


@endpoint(bp, "GET", "/v1/admin/audit", permit="audit:read")
def entries(query: Listing) -> Page[EntryView]:
    """List audit entries, newest first. · 审计日志，按时间倒序

    What happened that matters to security and money.
    """
    if query.subject is not None:
        found, more = service.about(query.subject, query.limit, query.cursor)
    elif query.actor is not None:
        found, more = service.by(query.actor, query.limit, query.cursor)
    else:
        found, more = service.newest(query.limit, query.cursor)
    return Page(items=[_view(entry) for entry in found], next=more)


@endpoint(bp, "GET", "/v1/admin/audit/verification", permit="audit:read")
def verification(query: Span) -> VerificationView:
    """Verify the audit chain. · 校验审计链

    It holds when no entry was changed, removed or put in between.
    """
    head = service.end()
    ends = head.last if head is not None else 0
    first = query.first or max(1, (query.last or ends) - 999)
    last = (
        None
        if query.last is None and ends - first < MOST_VERIFIED
        else min(query.last or ends, first + MOST_VERIFIED - 1)
    )
    told = service.verify(first, last)
    return VerificationView(
        holds=told.holds, first=told.first, last=told.last, rows=told.rows, head=told.head,
        breaks=[BreakView(seq=seq, trouble=trouble) for seq, trouble in told.breaks],
    )  # fmt: skip


def _view(entry: Entry) -> EntryView:
    return EntryView(
        seq=entry.seq, happened_at=iso(instant(entry.at)), noted_at=iso(instant(entry.noted)), fact=entry.wire,
        why=entry.why, actor=entry.actor, subject=entry.subject, data=json.loads(entry.data or "{}"),
        event=entry.event, previous=entry.previous, hash=entry.hash,
    )  # fmt: skip
