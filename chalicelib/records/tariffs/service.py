"""Tariffs' use cases, and what everybody reads of those that hold.

Guarantees: what a tariff said once, a version, never changes, nor what a version of the book said; what holds is one row,
changed in the transaction that publishes or withdraws, and every process knows it within ten seconds (REMEMBERED_MS) at one
read of it.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.work import Work

from . import rules, steps
from .events import TariffEdited, TariffPublished, TariffWithdrawn
from .model import BOOK, NOW, BookRow, TariffVersion, version_part
from .model import TariffHead as TariffHead  # what reads answer
from .rules import PREFIXES, Document, TariffBook, TariffNotFound
from .rules import DeliveryOption as DeliveryOption

REMEMBERED_MS = 10_000

_kept: Recent[str, TariffBook] = Recent(REMEMBERED_MS)


class TariffDraft(NamedTuple):
    """A tariff with what one version of it says."""

    head: TariffHead
    version: int
    document: Document
    actor: str
    at: datetime


# ---- setting up -----------------------------------------------------------------------------------------------------
def draft(sort: str, document: Document, work: Work) -> str:
    """A new tariff that holds for nobody yet; returns its id. Raises as `rules.unfit`."""
    _check(sort, document)
    tariff_id = work.new_id(PREFIXES[sort])

    work.add(*steps.add(sort, tariff_id, document, work.caller.id, work.now))
    work.publish(TariffEdited(tariff_id, 1))
    return tariff_id


def edit(sort: str, tariff_id: str, seen: int, document: Document, work: Work) -> int:
    """Another version of a tariff, which holds when it is published; returns its number.

    Raises as `rules.unfit`; its refusals: TariffNotFound, TariffEditedMeanwhile.
    """
    _check(sort, document)

    work.add(*steps.edit(sort, tariff_id, seen, document, work.caller.id, work.now))
    work.publish(TariffEdited(tariff_id, seen + 1))
    return seen + 1


def _check(sort: str, document: Document) -> None:
    if (refusal := rules.unfit(sort, document)) is not None:
        raise refusal


def publish(sort: str, tariff_id: str, version: int, work: Work) -> int:
    """Let a tariff hold from now on as its latest version says, which was seen; returns the version of the book that says so.

    Raises TariffNotFound, TariffsFull; its refusals: TariffStateConflict, TariffEditedMeanwhile, TariffsMoved.
    """
    said, before = read(sort, tariff_id, version), _book(None)
    after = rules.with_tariff(before, sort, {**said.document, "id": tariff_id, "version": version})

    work.add(steps.publish(sort, tariff_id, version), *steps.show(after))
    work.publish(TariffPublished(tariff_id, version, after.version))
    forget()
    return after.version


def withdraw(sort: str, tariff_id: str, work: Work) -> None:
    """Let a tariff hold no more; what was quoted with it is honoured.

    Raises TariffNotFound; its refusals: TariffStateConflict, TariffEditedMeanwhile, TariffsMoved.
    """
    head, before = find(sort, tariff_id), _book(None)
    after = rules.without(before, sort, tariff_id)

    work.add(steps.withdraw(sort, tariff_id, head.version), *steps.show(after))
    work.publish(TariffWithdrawn(tariff_id, after.version))
    forget()


# ---- reading --------------------------------------------------------------------------------------------------------
def book() -> TariffBook:
    """What is published, as it was ten seconds ago at most."""
    return _kept.recall(BOOK, _book)


def book_of(version: int) -> TariffBook:
    """What was published in a version that a quote or an order names. Raises TariffNotFound."""
    row = table.get(BookRow, BOOK, version_part(version))
    if row is None:
        raise TariffNotFound()
    return rules.unpacked(row.version, row.content)


def forget() -> None:
    """Read the book again next time (after a change in this process)."""
    _kept.forget()


def _book(known: TariffBook | None) -> TariffBook:
    row = table.get(BookRow, BOOK, NOW, consistent=True)
    if row is None:
        return TariffBook()
    return known if known is not None and known.version == row.version else rules.unpacked(row.version, row.content)


def options(region: str, location: str, now: datetime, cutoff: str = "") -> list[DeliveryOption]:
    """The ways in which goods can be sent from a location, which may have a cut-off of its own, to a place now, one a service."""
    return rules.options(book(), region, location, now, cutoff)


def serving(service: str, region: str, location: str) -> Document | None:
    """What is said now of the service to a place from a location; None where there is none."""
    return rules.serving(book(), service, region, location)


def find(sort: str, tariff_id: str) -> TariffHead:
    """Where a tariff is. Raises TariffNotFound."""
    fits = is_id(tariff_id, PREFIXES[sort])
    found = table.get(TariffHead, sort, tariff_id, consistent=True) if fits else None
    if found is None:
        raise TariffNotFound()
    return found


def read(sort: str, tariff_id: str, version: int | None = None) -> TariffDraft:
    """What a version of a tariff says, its latest unless one is named. Raises TariffNotFound."""
    head = find(sort, tariff_id)
    row = table.get(TariffVersion, tariff_id, version_part(version or head.version), consistent=True)
    if row is None:
        raise TariffNotFound()
    return _said(head, row)


def versions(sort: str, tariff_id: str, limit: int, cursor: str | None) -> tuple[list[TariffDraft], str | None]:
    """A page of what a tariff ever said, newest first. Raises TariffNotFound."""
    head = find(sort, tariff_id)
    rows, following = table.query(TariffVersion, tariff_id, limit=limit, cursor=cursor, newest_first=True)
    return [_said(head, row) for row in rows], following


def listed(sort: str, limit: int, cursor: str | None) -> tuple[list[TariffHead], str | None]:
    """A page of the templates or services, newest first."""
    return table.query(TariffHead, sort, limit=limit, cursor=cursor, newest_first=True)


def _said(head: TariffHead, row: TariffVersion) -> TariffDraft:
    return TariffDraft(head, int(row.part[2:]), json.loads(row.content), row.actor, row.at)
