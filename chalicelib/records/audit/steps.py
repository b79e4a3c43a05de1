"""The two lines of an append: the entry in its place, and the head of the chain from the entry before to this one."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.clock import millis
from chalicelib.kernel.facts import Delivery
from chalicelib.runtime.table import Step, insert, update

from . import rules
from .model import HEAD, Head, Row, page_of
from .rules import START, AuditSlotTaken, Entry, StaleAuditHead


def chain(head: Head | None, told: Delivery, now: datetime) -> list[Step]:
    """Put what was told behind a head of the chain that still stands. Its refusals: StaleAuditHead, AuditSlotTaken."""
    last, previous = (head.last, str(head.hash)) if head is not None else (0, START)
    entry = Entry(
        last + 1,
        previous,
        told.id,
        told.wire,
        told.at,
        told.actor,
        told.subject,
        rules.canonical(told.data),
        millis(now),
        told.audit,
    )
    stood = (Head.last == last) & (Head.hash == previous) if head is not None else Head.last.does_not_exist()
    return [
        insert(_row(entry), AuditSlotTaken()),
        update(
            Head,
            HEAD,
            0,
            actions=[Head.last.set(entry.seq), Head.hash.set(entry.hash)],
            when=stood,
            otherwise=StaleAuditHead(),
        ),
    ]


def _row(entry: Entry) -> Row:
    return Row(
        page_of(entry.seq),
        entry.seq,
        previous=entry.previous,
        hash=entry.hash,
        event=entry.event,
        wire=entry.wire,
        at=entry.at,
        actor=entry.actor or None,
        subject=entry.subject or None,
        data=entry.data,
        noted=entry.noted,
        why=entry.why,
    )
