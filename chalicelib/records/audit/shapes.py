"""What is asked and answered of the audit log."""

import json
from typing import Annotated, Any

from pydantic import Field, model_validator

from chalicelib.kernel.clock import instant, iso
from chalicelib.runtime.http import Instant, View
from chalicelib.runtime.http.kinds import EXACT, WHOLE
from chalicelib.runtime.http.shapes import Paging, Query

from .rules import Entry
from .service import Verification


class AskEntries(Paging):
    """Newest first; about one thing (an order, payment, person, SKU, switch …) or by one actor, not both."""

    subject: Annotated[str, Field(min_length=1, max_length=64), EXACT] | None = None
    actor: Annotated[str, Field(min_length=1, max_length=64), EXACT] | None = None

    @model_validator(mode="after")
    def one_filter(self) -> "AskEntries":
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
    happened_at: Instant
    noted_at: Instant
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


def verification_view(told: Verification) -> VerificationView:
    return VerificationView(
        holds=told.holds,
        first=told.first,
        last=told.last,
        rows=told.rows,
        head=told.head,
        breaks=[BreakView(seq=seq, trouble=trouble) for seq, trouble in told.breaks],
    )


def entry_view(entry: Entry) -> EntryView:
    return EntryView(
        seq=entry.seq,
        happened_at=iso(instant(entry.at)),
        noted_at=iso(instant(entry.noted)),
        fact=entry.wire,
        why=entry.why,
        actor=entry.actor,
        subject=entry.subject,
        data=json.loads(entry.data or "{}"),
        event=entry.event,
        previous=entry.previous,
        hash=entry.hash,
    )
