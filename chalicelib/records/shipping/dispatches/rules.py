"""What a warehouse's system has of an order, and this wing's refusals. Pure; whole pieces by line of the order.

Of the pieces that went out to it, those that it sent are gone and those that it gave up are back; the others are at hand, less
what it was asked to keep back and has not answered yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from chalicelib.kernel.errors import Conflict, NotFound

KeptBack = Literal["", "back", "gone"]
DispatchState = Literal["asked", "out", "refused", "ended"]
DispatchList = Literal["unacknowledged", "out", "intercepting", "refused"]
ASKED, OUT, REFUSED, DONE = "asked", "out", "refused", "ended"
WAITS = tuple(timedelta(minutes=n) for n in (1, 2, 5, 15, 30, 60))
MOST_SILENT = 5  # turns after which a person is told; the asking goes on
OVERLAP = timedelta(minutes=5)  # so late a row of a warehouse's system may show itself
APART = timedelta(seconds=5)  # so far its clock may be behind ours


class DispatchNotFound(NotFound):
    zh, en = "该订单未下发仓库", "No warehouse was told of this order"


class DispatchStateConflict(Conflict):
    state: str | None
    spoken = {"asked": "下发中", "out": "已下发", "refused": "仓库拒单", "ended": "已结束"}
    zh, en = (
        "订单在仓库的状态为 {state}，不能执行此操作",
        "At the warehouse the order is {state}; this cannot be done now",
    )


class StaleDispatch(Conflict):
    zh, en = (
        "订单在仓库的状态刚刚变化，请重试",
        "What the warehouse has of the order changed just now; please try again",
    )


class DispatchContradicted(Conflict):
    line: int
    zh, en = (
        "仓库发出的数量与下发不符（商品行 {line}，从 0 数起）",
        "The warehouse sent what it does not have of line {line} (counted from 0)",
    )


class LineOut(NamedTuple):
    """Pieces of a line: told to be packed, sent, given up."""

    line: int
    out: int
    gone: int = 0
    back: int = 0

    @property
    def left(self) -> int:
        return self.out - self.gone - self.back


class KeepBack(NamedTuple):
    """What a warehouse was asked to keep back for a refund, and what it answered."""

    refund: str
    answer: KeptBack
    pieces: tuple[tuple[int, int], ...]


class ListeningMark(NamedTuple):
    """How far a system was listened to, by its versions: what is settled, what had been heard when that was set, the latest."""

    settled: int = 0
    passed: int = 0
    latest: int = 0
    turned: datetime | None = None


def at_hand(lines: Sequence[LineOut], wishes: Sequence[KeepBack]) -> dict[int, int]:
    """Pieces of each line that the warehouse has still to send, as far as anybody knows."""
    left = {one.line: one.left for one in lines}
    for wish in wishes:
        for line, pieces in wish.pieces if not wish.answer else ():
            left[line] -= pieces
    return {line: max(0, pieces) for line, pieces in left.items()}


def wanted_back(lines: Sequence[LineOut], wishes: Sequence[KeepBack], units: Sequence[int]) -> list[tuple[int, int]]:
    """Of so many units of each line that are to be free, those that the warehouse has still to send."""
    here = at_hand(lines, wishes)
    found = [(line, min(units[line], pieces)) for line, pieces in sorted(here.items())]
    return [(line, pieces) for line, pieces in found if pieces]


def sent(lines: Sequence[LineOut], pieces: Mapping[int, int]) -> list[LineOut]:
    """The lines when so many pieces of each were sent. Raises DispatchContradicted for more than it has."""
    known = {one.line: one for one in lines}
    for line, count in pieces.items():
        if line not in known or count > known[line].left:
            raise DispatchContradicted(line=line)
    return [one._replace(gone=one.gone + pieces.get(one.line, 0)) for one in lines]


def given_up(lines: Sequence[LineOut], pieces: Sequence[tuple[int, int]]) -> list[LineOut]:
    """The lines when so many pieces of each were kept back. Raises DispatchContradicted for more than it has."""
    count = dict(pieces)
    for one in lines:
        if count.get(one.line, 0) > one.left:
            raise DispatchContradicted(line=one.line)
    return [one._replace(back=one.back + count.get(one.line, 0)) for one in lines]


def standing(state: str, lines: Sequence[LineOut], wishes: Sequence[KeepBack]) -> tuple[str, DispatchList | None]:
    """The state of a dispatch and the list in which it is found: none when nothing more is to come of it."""
    if any(not wish.answer for wish in wishes):
        return state, "intercepting"
    if state == OUT and not any(one.left for one in lines):
        return DONE, None
    lists: dict[str, DispatchList] = {ASKED: "unacknowledged", OUT: "out", REFUSED: "refused"}
    return state, lists.get(state)


def next_turn(now: datetime, turn: int) -> datetime:
    """When a warehouse's system is asked again."""
    return now + WAITS[min(turn, len(WAITS) - 1)]


def listened(mark: ListeningMark, high: int, now: datetime) -> ListeningMark:
    """The mark after a round that heard versions up to `high`: settled is what was heard at least `OVERLAP` ago."""
    latest = max(mark.latest, high)
    if mark.turned is not None and now - mark.turned < OVERLAP:
        return mark._replace(latest=latest)
    return ListeningMark(mark.passed, latest, latest, now)
