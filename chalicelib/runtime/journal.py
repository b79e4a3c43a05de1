"""The journal: one row a commit, which is at once idempotency record, stored answer and outbox.

A row lives 35 days (publishers) or 60 days (consumers). Its stream feeds the bus (`runtime.relay`).
`due` holds facts whose time has not come; a sweep delivers them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pynamodb.attributes import UnicodeAttribute

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.facts import Fact

from . import table
from .table import Step, Table, WholeAttribute, put, table_name

PUBLISHER_DAYS, CONSUMER_DAYS = 35, 60
LARGEST = 48 * 1024  # EventBridge takes less than 256 KB an entry, local engines do not check


class Journal(Table):
    """Short names, because every commit pays for them: a row with a reply and one fact is about 340 bytes."""

    class Meta:
        table_name = table_name("journal")

    key = UnicodeAttribute(hash_key=True, attr_name="k")
    id = UnicodeAttribute(attr_name="i")
    fingerprint = UnicodeAttribute(attr_name="p", null=True)
    reply = UnicodeAttribute(attr_name="r", null=True)
    facts = UnicodeAttribute(attr_name="f", null=True)
    actor = UnicodeAttribute(attr_name="a")
    at = WholeAttribute(attr_name="t")
    expires = WholeAttribute(attr_name="x")


class Due(Table):
    """A fact for later. Hash: the minute it is due (UTC, YYYYMMDDHHMM) and a shard; range: its event id."""

    class Meta:
        table_name = table_name("due")

    slot = UnicodeAttribute(hash_key=True, attr_name="b")
    event = UnicodeAttribute(range_key=True, attr_name="e")
    at = WholeAttribute(attr_name="t", null=True)
    entry = UnicodeAttribute(attr_name="f", null=True)
    swept = WholeAttribute(attr_name="m", null=True)


class Note(NamedTuple):
    """What was done under a key a short while ago, and when."""

    what: str
    at: datetime


def note(
    key: str,
    what: str,
    actor: str,
    now: datetime,
    *,
    within: timedelta,
    otherwise: Callable[[Note], Refusal],
    over: str | None = None,
) -> Step:
    """The step that notes under a key what is done now, unless something was `within` so long that is not `over`.

    A key made of what is asked for guards beside the one that a client makes up; the note costs two write units, in the
    transaction that it guards.
    """
    row = Journal(key, id=what, actor=actor, at=millis(now), expires=int((now + 2 * within).timestamp()))
    free = Journal.key.does_not_exist() | (Journal.at <= millis(now - within))
    return put(row, free if over is None else free | (Journal.id == over), lambda old: otherwise(_note(old)))


def noted(key: str, now: datetime, within: timedelta) -> Note | None:
    """What was done under a key within so long."""
    row = table.get(Journal, key, consistent=True)
    found = _note(row) if row is not None else None
    return found if found is not None and found.at > now - within else None


def _note(row: Journal) -> Note:
    return Note(row.id, instant(row.at))


def digest(*parts: str) -> str:
    """A short, unambiguous name for a tuple of texts."""
    told = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.blake2b(told, digest_size=16).hexdigest()


def fingerprint(asked: Any, key: bytes) -> str:
    """A fingerprint of what was asked: path values and the canonical JSON of the fields that were set.

    It is kept for weeks, and what was asked may be a code or a password: without the shop's key nobody can try guesses.
    """
    told = json.dumps(asked, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode()
    return hashlib.blake2b(told, digest_size=12, key=key, person=b"journal print").hexdigest()


def pack_facts(facts: list[tuple[Fact, datetime | None]]) -> str:
    """Facts as the journal keeps them: [wire name, version, context, data, due epoch ms or null]."""
    packed = [[f.wire, f.version, f.context, f.data(), millis(at) if at else None] for f, at in facts]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def lifetime(now: datetime, *, consumer: bool) -> int:
    """When a row may go, epoch seconds."""
    return int((now + timedelta(days=CONSUMER_DAYS if consumer else PUBLISHER_DAYS)).timestamp())
