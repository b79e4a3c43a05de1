"""Taking one's data along: a worker writes it piece by piece into a bucket of its own, and a signed link opens the whole.

Guarantees: an export is complete, or there is none; a worker's end costs at most one stretch, since what is written again
has the same name; what was asked for by somebody who is forgotten meanwhile, or has asked anew, is deleted; nothing lies in
the bucket for more than two days, whatever happens.
"""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress
from typing import Any

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.identity.accounts.rules import UserNotFound
from chalicelib.records.identity.events import UserExportDue, UserExportReady
from chalicelib.records.identity.self.service import exports
from chalicelib.records.identity.self.steps import advance_export, finish_export, forget_export
from chalicelib.records.orders import service as orders
from chalicelib.runtime import archive
from chalicelib.runtime.work import Work

from . import sections
from .taking import WHOLE

PAGES = 10  # of orders, in one stretch
MEDIA = "application/zip"
WITHOUT_ORDERS = "sections"  # the piece that holds all but the orders


def export(fact: UserExportDue, work: Work, pages: int = PAGES, size: int = sections.PAGE) -> None:
    """Write the next stretch of an export, so many pages of so many orders, and after the last the whole. Commits
    it, since what was written of one that is gone is deleted. Raises VaultClosed."""
    row = exports.being_made(fact.user_id, fact.export_id)
    if row is None:  # finished, forgotten, or asked for anew
        done = exports.is_present(fact.user_id, fact.export_id)
        archive.clear(f"{fact.export_id}/pieces/" if done else f"{fact.export_id}/")
        return
    if row.former:
        archive.clear(f"{row.former}/")
    try:
        pieces, cursor = _stretch(row, pages, size)
    except UserNotFound:  # forgotten meanwhile
        archive.clear(f"{row.export_id}/")
        return
    if cursor is None:
        _assemble(row.export_id, pieces)
        work.add(finish_export(row, pieces, work.now))
        work.publish(UserExportReady(fact.user_id))
    else:
        work.add(advance_export(row, pieces, cursor))
        work.publish(UserExportDue(fact.user_id, fact.export_id))
    try:
        work.commit()
    except CommitRejected:  # forgotten meanwhile, or asked for anew: nothing of this one stays
        archive.clear(f"{row.export_id}/")
        return
    if cursor is None:
        archive.clear(f"{row.export_id}/pieces/")


def drop(customer: str, work: Work) -> None:
    """Delete what a person was to take along. A worker that still writes finds its export gone, and deletes
    what it wrote. Commits by export."""
    while (row := exports.last(customer)) is not None:
        for export_id in filter(None, (row.export_id, row.former)):
            archive.clear(f"{export_id}/")
        later = work.separate()
        later.add(forget_export(row))
        with suppress(CommitRejected):  # it was moved meanwhile: once more
            later.commit()


def _stretch(row: Any, pages: int, size: int) -> tuple[int, str | None]:
    """Write the next pieces; returns how many there are now and where the orders go on."""
    pieces, cursor = row.pieces, row.cursor
    if not pieces:
        _put(row.export_id, WITHOUT_ORDERS, {name: tell(row.owner) for name, tell in sections.SECTIONS.items()})
    for _ in range(pages):
        page, cursor = orders.of_customer(row.owner, size, cursor)
        pieces += 1
        _put(row.export_id, _orders(pieces), sections.told(page))
        if cursor is None:
            break
    return pieces, cursor


def _assemble(export_id: str, pieces: int) -> None:
    """One file of all pieces: each section, and the orders in as many files as they were read in."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as file:
        for name, section in json.loads(archive.get(_place(export_id, WITHOUT_ORDERS))).items():
            file.writestr(f"{name}.json", _written(section))
        for number in range(1, pieces + 1):
            name = _orders(number)
            file.writestr(f"{name}.json", archive.get(_place(export_id, name)))
    archive.put(f"{export_id}/{WHOLE}", whole.getvalue(), MEDIA)


def _put(export_id: str, name: str, section: Any) -> None:
    archive.put(_place(export_id, name), _written(section).encode(), "application/json")


def _written(section: Any) -> str:
    return json.dumps(section, ensure_ascii=False, indent=1)


def _orders(number: int) -> str:
    return f"orders-{number:04d}"


def _place(export_id: str, name: str) -> str:
    return f"{export_id}/pieces/{name}.json"
