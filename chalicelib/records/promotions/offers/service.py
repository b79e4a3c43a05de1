"""Offers' use cases, and what everybody reads of those that hold.

Guarantees: what an offer said once, a version, never changes; what holds is one snapshot, changed in the transaction that
publishes, ends or kills, and every process knows it within ten seconds (REMEMBERED_MS) at one read of one row, two when it
changed. A start and an end hold to the instant, since documents say them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from chalicelib.kernel.errors import Overloaded
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import model
from ..events import OfferDiscarded, OfferEdited, OfferEnded, OfferKilled, OfferPublished, OfferStartDue
from ..model import ACTIVE, BY_STATE, HEAD, ActiveHead, ActivePart, OfferDeal, OfferVersion
from ..model import OfferHead as OfferHead  # what reads answer
from . import rules, steps
from .rules import OFFER, ActiveOffers, OfferNotFound, OfferStateConflict

REMEMBERED_MS = 10_000
LOOKS = 5  # at a snapshot that changes while it is read
MOST_PAGES = 5  # of a state's offers, looked at for one page of a lane's or kind's
TIDIED = 10  # offers that are over, put away with another change

_kept: Recent[str, ActiveOffers] = Recent(REMEMBERED_MS)


class Publication(NamedTuple):
    """What a publication tells everybody: the document that pricing reads; the SKUs that it makes cheaper by name; their
    struck-through prices, or None when these are only fixed at its start."""

    document: Mapping[str, Any]
    skus: Sequence[str] = ()
    references: Mapping[str, int] | None = MappingProxyType({})


class OfferSpan(NamedTuple):
    """A version of an offer that touched a SKU's price, from when until when."""

    offer: str
    edit: int
    begins: datetime
    ends: datetime | None


class OfferDraft(NamedTuple):
    """An offer with what one version of it says."""

    head: OfferHead
    version: int
    document: Mapping[str, Any]
    actor: str
    at: datetime


# ---- setting up -----------------------------------------------------------------------------------------------------


def draft(document: Mapping[str, Any], work: Work) -> str:
    """A new offer that nobody gets yet; returns its id."""
    offer_id = work.new_id("F")

    work.add(*steps.add(offer_id, document, work.caller.id, work.now))
    work.publish(OfferEdited(offer_id, 1, before=None))
    return offer_id


def edit(offer_id: str, seen: int, document: Mapping[str, Any], work: Work) -> int:
    """Another version of an offer, which holds when it is published; returns its number.

    Its refusals: OfferNotFound, OfferStateConflict, OfferEditedMeanwhile.
    """
    work.add(*steps.edit(offer_id, seen, document, work.caller.id, work.now))
    work.publish(OfferEdited(offer_id, seen + 1, before=seen))
    return seen + 1


def discard(offer_id: str, work: Work) -> None:
    """Give up a draft. Raises OfferNotFound; its refusals: OfferStateConflict, OfferEditedMeanwhile."""
    head = find(offer_id)

    work.add(steps.move(offer_id, head.version, "discard"))
    work.publish(OfferDiscarded(offer_id))


def publish(said: OfferDraft, told: Publication, work: Work) -> None:
    """Let an offer hold as its latest version says, from its start on.

    Raises OfferStateConflict, OffersFull; its refusals: OfferNotFound, OfferEditedMeanwhile, OffersMoved.
    """
    head, now = said.head, work.now
    ends = rules.ends_of(said.document)
    if is_over(head, now):
        raise OfferStateConflict(state=state_of(head, now))
    if rules.is_over(ends, now):
        raise OfferStateConflict(state=OFFER.target("end"))
    before, begins = _active(), begins_at(head, said.document, now)
    document = {**told.document, "id": head.id, "version": said.version}

    work.add(steps.publish(head.id, said.version, begins, ends))
    work.add(*steps.deals(head.id, said.version, told.skus, max(begins, now), ends))
    _show(before, rules.with_offer(before, document, told.references or {}, now), work)
    work.publish(OfferPublished(head.id, said.version, head.live))
    if told.references is None:
        work.publish(OfferStartDue(head.id, said.version), at=begins)


def refer(offer_id: str, references: Mapping[str, int], work: Work) -> None:
    """Fix the struck-through prices of an offer that holds. Its refusal: OffersMoved."""
    before = _active()
    if before.document(offer_id) is not None:
        _show(before, rules.referred(before, offer_id, references), work)


def end(offer_id: str, work: Work) -> None:
    """Let an offer hold no more, from now on; what was quoted with it is honoured.

    Raises OfferNotFound, OfferStateConflict; its refusals: OfferEditedMeanwhile, OffersMoved.
    """
    head, before = find(offer_id), _active()
    if is_over(head, work.now):
        raise OfferStateConflict(state=state_of(head, work.now))

    work.add(steps.end(offer_id, head.version, work.now))
    _show(before, rules.without(before, [offer_id], work.now), work)
    work.publish(OfferEnded(offer_id, head.version, "person"))


def kill(offer_id: str, reason: str, work: Work) -> None:
    """An offer was a mistake: let it hold no more, and let nobody order what was quoted with it.

    Raises OfferNotFound; its refusals: OfferStateConflict, OfferEditedMeanwhile, OffersMoved.
    """
    head, before = find(offer_id), _active()

    work.add(steps.kill(offer_id, head.version, reason, head.ends if is_over(head, work.now) else work.now))
    _show(before, rules.without(before, [], work.now, killed=[offer_id]), work)
    work.publish(OfferKilled(offer_id, head.version, reason))


def _show(before: ActiveOffers, after: ActiveOffers, work: Work) -> None:
    """Say to everybody what holds from now on; some of what is over by itself is put away with it."""
    heads = table.batch([_key(one) for one in rules.over(after, work.now)[:TIDIED]], consistent=True)
    tidied = [head for head in heads if head is not None and is_over(head, work.now)]

    for head in tidied:
        work.add(steps.end(head.id, head.version, head.ends))
        work.publish(OfferEnded(head.id, head.version, "time"))
    after = rules.without(after, [head.id for head in tidied], work.now)._replace(version=after.version)
    work.add(*steps.show(before, after))
    forget()


def begins_at(head: OfferHead, document: Mapping[str, Any], now: datetime) -> datetime:
    """When an offer begins that is published now: once it has begun, it stays begun."""
    if head.began is not None and head.began <= now:
        return head.began
    return max(rules.at_of(document["starts_at"]), now)


# ---- reading --------------------------------------------------------------------------------------------------------


def active() -> ActiveOffers:
    """What is published and not over, as it was ten seconds ago at most; starts and ends are for who reads it to judge."""
    return _kept.recall(ACTIVE, _read)


def killed(offer_ids: Iterable[str]) -> list[str]:
    """Which of these offers were killed, as far as was known ten seconds ago."""
    known = active().killed
    return [one for one in offer_ids if one in known]


def forget() -> None:
    """Read the snapshot again next time (after a change in this process)."""
    _kept.forget()


def _active() -> ActiveOffers:
    """The snapshot as it stands."""
    return _read(None)


def _read(known: ActiveOffers | None) -> ActiveOffers:
    for _ in range(LOOKS):
        head = table.get(ActiveHead, ACTIVE, HEAD, consistent=True)
        if head is None:
            return ActiveOffers()
        if known is not None and known.version == head.version:
            return known
        wanted = [Key(ActivePart, ACTIVE, model.active_part(n)) for n in range(head.parts)]
        parts = [part for part in table.batch(wanted, consistent=True) if part and part.version == head.version]
        if len(parts) == head.parts:  # else it changed between the reads
            return rules.unpacked(head.version, [part.content for part in parts], json.loads(head.killed))
    raise Overloaded()


def find(offer_id: str) -> OfferHead:
    """Where an offer is. Raises OfferNotFound."""
    found = table.get(OfferHead, offer_id, HEAD, consistent=True) if is_id(offer_id, "F") else None
    if found is None:
        raise OfferNotFound()
    return found


def read(offer_id: str, version: int | None = None) -> OfferDraft:
    """What a version of an offer says, its latest unless one is named. Raises OfferNotFound."""
    head = find(offer_id)
    row = table.get(OfferVersion, offer_id, model.version_part(version or head.version), consistent=True)
    if row is None:
        raise OfferNotFound()
    return OfferDraft(head, version or head.version, json.loads(row.content), row.actor, row.at)


def versions(offer_id: str, limit: int, cursor: str | None) -> tuple[list[OfferDraft], str | None]:
    """A page of what an offer ever said, newest first. Raises OfferNotFound."""
    head = find(offer_id)
    rows, following = table.query(
        OfferVersion, offer_id, begins=("r", "v#"), limit=limit, cursor=cursor, newest_first=True
    )
    said = [OfferDraft(head, int(row.part[2:]), json.loads(row.content), row.actor, row.at) for row in rows]
    return said, following


def listed(
    state: str, lane: str | None, kind: str | None, limit: int, cursor: str | None
) -> tuple[list[OfferHead], str | None]:
    """A page of the offers of a state, newest first, of a lane or kind or all. It is found by looking at each, so a page may
    be short and still have a next one."""
    found: list[OfferHead] = []
    for _ in range(MOST_PAGES):
        rows, cursor = table.listed(
            OfferHead,
            state,
            index=BY_STATE,
            hash_name="s",
            limit=limit - len(found),
            cursor=cursor,
            newest_first=True,
        )
        found += [row for row in rows if row.state == state and lane in (None, row.lane) and kind in (None, row.kind)]
        if cursor is None or len(found) == limit:
            break
    return found, cursor


def is_over(head: OfferHead, now: datetime) -> bool:
    """Whether an offer that was published is over, whatever its row says yet."""
    return head.live is not None and rules.is_over(head.ends, now)


def state_of(head: OfferHead, now: datetime) -> str:
    """Where an offer is; what is over by itself has ended."""
    return OFFER.target("end") if head.state == "published" and is_over(head, now) else head.state


def deals(sku: str) -> list[OfferSpan]:
    """The offers that ever touched a SKU's price, oldest first."""
    rows = list(table.every(OfferDeal, model.deals_of(sku), consistent=True))
    ended = [head.ends for head in table.batch([_key(row.offer) for row in rows], consistent=True)]
    return [
        OfferSpan(row.offer, row.edit, row.begins, min(filter(None, (row.ends, end)), default=None))
        for row, end in zip(rows, ended, strict=True)
    ]


def _key(offer_id: str) -> Key:
    return Key(OfferHead, offer_id, HEAD)
