"""Watching's use cases: what somebody watches, and who waits for a SKU.

Guarantees: adding again changes nothing; nobody watches more than a hundred of a kind; a wish is heard once at most.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from . import steps
from .events import WatchCheckDue, WatchingBackInStock, WatchingPriceDropped
from .model import BY_GOODS, COUNTS, mark_of
from .model import Watch as Watch  # what reads return
from .rules import ARRIVAL, BOUGHT, REMINDERS, STOCK

SETTLED = timedelta(minutes=1)  # by then an index shows who has begun to wait
AT_ONCE = 40  # wishes in one transaction, two lines each
FIRST, LAST = " ", "~"  # before and behind every person's id


def add(kind: str, sku: str, price: int, work: Work) -> Watch:
    """Watch a SKU, whose price was seen as this (fen); one that is watched already stays as it is. Its refusals: WatchingFull,
    WatchedAlready, where it was added just now."""
    person = work.caller.id
    if (row := find(person, kind, sku)) is not None:
        return row
    work.add(*steps.add(person, kind, sku, price, work.id, work.now))
    if kind in REMINDERS:
        work.publish(WatchCheckDue(person, kind, sku, work.id), at=work.now + SETTLED)
    return Watch(person, mark_of(kind, sku), turn=work.id, price=price, at=work.now)


def remove(kind: str, sku: str, work: Work) -> None:
    """Watch a SKU no more. Its refusal: WatchNotFound."""
    work.add(*steps.remove(work.caller.id, kind, sku))


def tell(row: Watch, price: int, work: Work) -> None:
    """Somebody's wish has come true, and is used by that. Its refusal: WatchMoved, where it was used or taken back."""
    work.add(*steps.use(row))
    if row.kind == STOCK:
        work.publish(WatchingBackInStock(row.person, row.sku, row.turn))
    else:
        work.publish(WatchingPriceDropped(row.person, row.sku, row.turn, int(row.price), price))


def note_bought(person: str, categories: Iterable[str], work: Work) -> None:
    """Goods of these categories came to somebody: who may keep that is for the caller to see to."""
    work.add(*(steps.note_bought(person, category, work.id, work.now) for category in categories))


def forget_bought(person: str, work: Work) -> None:
    """Keep nothing of what came to somebody. Commits by row."""
    for row in table.every(Watch, person, begins=("r", f"{BOUGHT}#"), consistent=True):
        work.drop_now(steps.forget_bought(row))


# ---- reading --------------------------------------------------------------------------------------------------------
def find(person: str, kind: str, sku: str) -> Watch | None:
    """What a person watches of a SKU, as it stands."""
    return table.get(Watch, person, mark_of(kind, sku), consistent=True)


def listed(person: str, kind: str, limit: int, cursor: str | None) -> tuple[list[Watch], str | None]:
    """A page of what a person watches of a kind, by SKU: newest products first."""
    return table.query(Watch, person, begins=("r", f"{kind}#"), limit=limit, cursor=cursor, newest_first=True)


def waiting(kind: str, sku: str, after: str, limit: int = AT_ONCE) -> tuple[list[Watch], str]:
    """The next who wait for a SKU, behind this person, and the last of them; nobody where no more come."""
    start = f"{after}{FIRST}"  # behind this person, or before everybody
    keys, more = table.query(
        Watch, mark_of(kind, sku), index=BY_GOODS, hash_name="k", between=("u", start, LAST), limit=limit
    )
    rows = table.batch([Key(Watch, key.person, key.mark) for key in keys], consistent=True) if keys else []
    return [row for row in rows if row is not None], keys[-1].person if more else ""


def awaits_news(person: str) -> bool:
    """Whether somebody watches any category."""
    rows, _ = table.query(Watch, person, begins=("r", f"{ARRIVAL}#"), limit=1, consistent=True)
    return bool(rows)


def every(person: str) -> list[Watch]:
    """All that a person watches."""
    return [row for row in table.every(Watch, person, consistent=True) if row.mark != COUNTS]


def forget(person: str, work: Work) -> None:
    """Leave nothing of what somebody watched. Commits in stretches."""
    work.drop_all(Watch, person)
