"""The lines of transactions that change what is watched."""

from __future__ import annotations

from datetime import datetime

from chalicelib.kernel.money import Fen
from chalicelib.runtime import table
from chalicelib.runtime.table import Step, insert, put, update

from .model import COUNTS, Watch, WatchCount, mark_of
from .rules import BOUGHT, FOUND, MOST, WatchedAlready, WatchingFull, WatchMoved, WatchNotFound


def add(person: str, kind: str, sku: str, price: int, turn: str, now: datetime) -> list[Step]:
    """One SKU more that a person watches, while they watch fewer of its kind than they may."""
    mark = mark_of(kind, sku)
    goods = mark if kind in FOUND else None
    row = Watch(person, mark, turn=turn, price=Fen(price), at=now, goods=goods)
    count = getattr(WatchCount, kind)
    fewer = update(
        WatchCount,
        person,
        COUNTS,
        actions=[count.add(1)],
        when=count.does_not_exist() | (count < MOST),
        otherwise=WatchingFull(most=MOST),
    )
    return [insert(row, WatchedAlready()), fewer]


def remove(person: str, kind: str, sku: str) -> list[Step]:
    """A person watches it no more."""
    gone = table.delete(Watch, person, mark_of(kind, sku), when=Watch.person.exists(), otherwise=WatchNotFound())
    return [gone, _fewer(person, kind)]


def note_bought(person: str, category: str, turn: str, now: datetime) -> Step:
    """Goods of a category came to a person, the last time now."""
    mark = mark_of(BOUGHT, category)
    return put(Watch(person, mark, turn=turn, price=Fen(0), at=now, goods=mark))


def forget_bought(row: Watch) -> Step:
    """That they came counts no more: also where it is gone."""
    return table.delete(Watch, row.person, row.mark)


def use(row: Watch) -> list[Step]:
    """A wish is heard: this very one, and never again."""
    heard = table.delete(Watch, row.person, row.mark, when=Watch.turn == row.turn, otherwise=WatchMoved())
    return [heard, _fewer(row.person, row.kind)]


def _fewer(person: str, kind: str) -> Step:
    return update(WatchCount, person, COUNTS, actions=[getattr(WatchCount, kind).add(-1)])
