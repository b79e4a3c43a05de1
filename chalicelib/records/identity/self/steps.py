"""The lines of transactions that move an export."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.runtime.table import Action, Condition, Step, delete, put, update

from ..model import EXPORT, Export
from .rules import StaleExport


def begin_export(new: Export, former: Export | None) -> Step:
    """Put a new export in the place of the one that was read."""
    when = Export.owner.does_not_exist() if former is None else _still(former)
    return put(new, when, StaleExport())


def advance_export(row: Export, pieces: int, cursor: str) -> Step:
    """So many pieces are written, and the orders go on there."""
    return _move(row, [Export.pieces.set(pieces), Export.cursor.set(cursor), Export.former.remove()])


def finish_export(row: Export, pieces: int, now: datetime) -> Step:
    """It can be fetched from now on."""
    changes = [
        Export.pieces.set(pieces),
        Export.ready_at.set(now),
        Export.former.remove(),
        Export.cursor.remove(),
    ]
    return _move(row, changes)


def forget_export(row: Export) -> Step:
    """Nothing is known of it any more."""
    return delete(Export, row.owner, EXPORT, when=_still(row), otherwise=StaleExport())


def _move(row: Export, actions: Sequence[Action]) -> Step:
    return update(Export, row.owner, EXPORT, actions=actions, when=_still(row), otherwise=StaleExport())


def _still(row: Export) -> Condition:
    """It is as it was read."""
    ready = Export.ready_at.does_not_exist() if row.ready_at is None else Export.ready_at == row.ready_at
    same: Condition = (Export.export_id == row.export_id) & (Export.pieces == row.pieces) & ready
    return same
