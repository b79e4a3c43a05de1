"""What changes dispatches, described: each step stands on what was read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.runtime.table import Step, check, insert, put, update

from ..model import DISPATCH_PART, Dispatch, WarehouseMark, warehouse_key
from . import rules
from .rules import DispatchNotFound, KeepBack, LineOut, ListeningMark, StaleDispatch


def open(order: str, wms: str, lines: Sequence[LineOut], now: datetime) -> Step:
    """An order is to be packed by a warehouse's system, which is told next."""
    row = Dispatch(order, DISPATCH_PART, created_at=now, wms=wms, turns=0)
    row.state, row.todo = rules.standing(rules.ASKED, lines, ())
    row.packed_lines = _packed(lines)
    return insert(row, StaleDispatch())


def acknowledge(dispatch: Dispatch, now: datetime) -> Step:
    """The system has it."""
    return _change(dispatch, rules.OUT, dispatch.lines, dispatch.wishes, Dispatch.acked_at.set(now))


def refuse(dispatch: Dispatch, code: str) -> Step:
    """The system does not take it."""
    return _change(dispatch, rules.REFUSED, dispatch.lines, dispatch.wishes, Dispatch.code.set(code or "unknown"))


def offer(dispatch: Dispatch) -> Step:
    """One that was refused is told once more."""
    return _change(dispatch, rules.ASKED, dispatch.lines, dispatch.wishes, Dispatch.code.remove())


def keep_back(dispatch: Dispatch, refund: str, pieces: Sequence[tuple[int, int]]) -> Step:
    """The system is to be asked to keep these pieces back."""
    return _change(dispatch, dispatch.state, dispatch.lines, (*dispatch.wishes, KeepBack(refund, "", tuple(pieces))))


def answer(dispatch: Dispatch, wish: KeepBack, *, back: bool) -> Step:
    """What the system said: they are kept back, or had gone. Raises DispatchContradicted."""
    lines = rules.given_up(dispatch.lines, wish.pieces) if back else dispatch.lines
    told = wish._replace(answer="back" if back else "gone")
    wishes = tuple(told if one.refund == wish.refund else one for one in dispatch.wishes)
    return _change(dispatch, dispatch.state, lines, wishes)


def sent(dispatch: Dispatch, notice: str, pieces: Mapping[int, int]) -> Step:
    """The system sent these pieces, and told so under this number. Raises DispatchContradicted."""
    lines = rules.sent(dispatch.lines, pieces)
    notices = json.dumps([*dispatch.notices, notice], separators=(",", ":"))
    return _change(dispatch, dispatch.state, lines, dispatch.wishes, Dispatch.packed_notices.set(notices))


def unchanged(dispatch: Dispatch) -> Step:
    """Demand that a warehouse's system has of an order what was read."""
    as_read = Dispatch.turns == (dispatch.turns or 0)
    return check(Dispatch, dispatch.order, dispatch.part, when=as_read, otherwise=StaleDispatch())


def listened(wms: str, what: str, mark: ListeningMark) -> Step:
    """How far a system was listened to."""
    row = WarehouseMark(warehouse_key(wms), what, settled=mark.settled, passed=mark.passed)
    row.latest, row.turned = mark.latest, mark.turned
    return put(row)


def _change(dispatch: Dispatch, state: str, lines: Sequence[LineOut], wishes: Sequence[KeepBack], *more: Any) -> Step:
    state, todo = rules.standing(state, lines, wishes)
    actions = [
        Dispatch.state.set(state),
        Dispatch.todo.set(todo) if todo else Dispatch.todo.remove(),
        Dispatch.packed_lines.set(_packed(lines)),
        Dispatch.packed_wishes.set(_packed(wishes)),
        Dispatch.turns.add(1),
        *more,
    ]
    as_read = Dispatch.turns == (dispatch.turns or 0)
    return update(Dispatch, dispatch.order, dispatch.part, actions=actions, when=as_read, otherwise=_meaning)


def _meaning(old: Dispatch | None) -> Refusal:
    return DispatchNotFound() if old is None else StaleDispatch()


def _packed(rows: Sequence[Sequence[Any]]) -> str:
    return json.dumps([list(row) for row in rows], separators=(",", ":"))
