"""The providers' own order book: payments, refunds, and the notices owed for them, in one SQLite file.

The book outlives the process. It knows three states of a payment (open, paid, closed); each provider words them its
own way. `with book:` is one step: everything written inside is kept together or not at all, one step at a time.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

SCHEMA = """
create table if not exists payments(
  provider text, number text, token text unique, kind text, amount integer, subject text, state text,
  notify_url text, return_url text, trade_no text, asked text, extra text,
  created real, expires real, paid real, closed real, primary key(provider, number));
create table if not exists refunds(
  provider text, number text, refund_no text, refund_id text, amount integer, state text, notify_url text,
  extra text, created real, settles real, done real, primary key(provider, number, refund_no));
create table if not exists notices(
  id integer primary key, provider text, number text, refund_no text, notice_id text, url text, message text,
  made real, next_at real, attempts integer, state text, replies text);
create table if not exists meta(name text primary key, value text);
"""
OPEN, PAID, CLOSED = "open", "paid", "closed"
PROCESSING, SUCCESS = "processing", "success"
COUNTED = (PROCESSING, SUCCESS)


@dataclass(frozen=True, slots=True)
class Payment:
    """A trade as its provider knows it; `asked` is what the merchant asked, `extra` what only the provider needs."""

    provider: str
    number: str
    token: str
    kind: str
    amount: int
    subject: str
    state: str
    notify_url: str
    return_url: str
    trade_no: str
    asked: dict[str, Any]
    extra: dict[str, Any]
    created: float
    expires: float | None = None
    paid: float | None = None
    closed: float | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    provider: str
    number: str
    refund_no: str
    refund_id: str
    amount: int
    state: str
    notify_url: str
    extra: dict[str, Any]
    created: float
    settles: float
    done: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A message owed to the merchant; `state` is waiting, sending, accepted or given up."""

    id: int | None
    provider: str
    number: str
    refund_no: str
    notice_id: str
    url: str
    message: dict[str, Any]
    made: float
    next_at: float | None
    attempts: int
    state: str
    replies: list[dict[str, Any]]


Row = TypeVar("Row", Payment, Refund, Notice)
TABLES: dict[type, str] = {Payment: "payments", Refund: "refunds", Notice: "notices"}
ORDER: dict[type, str] = {Payment: "created", Refund: "created", Notice: "id"}
AS_JSON = ("asked", "extra", "message", "replies")


class Book:
    def __init__(self, state: Path, seed: int | None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(state / "book.sqlite", check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = normal")
        self._db.executescript(SCHEMA)
        with self:
            self._db.execute("update notices set state = 'waiting' where state = 'sending'")
            self.seed = self.recall("seed") or (str(seed) if seed is not None else secrets.token_hex(16))
            self.remember("seed", self.seed)

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._depth += 1
        if self._depth == 1:
            self._db.execute("begin immediate")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._depth -= 1
        try:
            if self._depth == 0:
                self._db.execute("rollback" if kind else "commit")
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def remember(self, name: str, value: str) -> None:
        with self:
            self._db.execute("insert or replace into meta values(?, ?)", (name, value))

    def recall(self, name: str) -> str | None:
        with self._lock:
            row = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def count(self, name: str) -> int:
        """Return the next whole number of a series; a series never repeats, not even over a restart."""
        with self:
            value = int(self.recall("count " + name) or 0) + 1
            self.remember("count " + name, str(value))
        return value

    def luck(self, *parts: object, length: int = 32) -> str:
        """Return text that looks random and is the same for the same seed and parts: 0-9 and a-f."""
        return hashlib.sha512("|".join(map(str, (self.seed, *parts))).encode()).hexdigest()[:length]

    def put(self, row: Payment | Refund | Notice) -> int:
        """Write a row whole; returns the row's place in its table."""
        values = asdict(row)
        for name in AS_JSON:
            if name in values:
                values[name] = json.dumps(values[name], ensure_ascii=False)
        columns = ", ".join(values)
        marks = ", ".join("?" * len(values))
        with self:
            text = f"insert or replace into {TABLES[type(row)]}({columns}) values({marks})"  # our names
            return self._db.execute(text, tuple(values.values())).lastrowid or 0

    def find(self, kind: type[Row], **equal: object) -> list[Row]:
        """Return the rows whose columns equal what is given, oldest first."""
        return self.select(kind, equal)

    def newest(self, kind: type[Row], limit: int) -> list[Row]:
        return self.select(kind, {}, "desc", limit)

    def select(self, kind: type[Row], equal: dict[str, object], way: str = "asc", limit: int = -1) -> list[Row]:
        where = " and ".join(f"{name} is ?" for name in equal) or "1"
        text = (
            f"select * from {TABLES[kind]} where {where} "  # noqa: S608  # names are ours, values are bound
            f"order by {ORDER[kind]} {way} limit {int(limit)}"
        )
        with self._lock:
            rows = self._db.execute(text, tuple(equal.values())).fetchall()
        return [_row(kind, row) for row in rows]

    def payment(self, provider: str, number: str) -> Payment | None:
        return next(iter(self.find(Payment, provider=provider, number=number)), None)

    def change(self, payment: Payment, alter: Callable[[Payment], Payment]) -> Payment:
        """Alter a payment as it stands now, so that nothing is lost that others wrote since it was read."""
        with self:
            present = self.payment(payment.provider, payment.number) or payment
            altered = alter(present)
            if altered != present:
                self.put(altered)
        return altered

    def refund(self, provider: str, refund_no: str, number: str | None = None) -> Refund | None:
        found = self.find(Refund, provider=provider, refund_no=refund_no)
        return next((refund for refund in found if number in (None, refund.number)), None)

    def refunds(self, payment: Payment) -> list[Refund]:
        return self.find(Refund, provider=payment.provider, number=payment.number)

    def refunded(self, payment: Payment) -> int:
        """Return the fen given back or on their way back."""
        return sum(refund.amount for refund in self.refunds(payment) if refund.state in COUNTED)

    def due(self, now: float) -> list[Notice]:
        """Take the waiting notices whose time has come, marking them as being sent."""
        with self:
            rows = self._db.execute(
                "select * from notices where state = 'waiting' and next_at <= ? order by next_at, id", (now,)
            ).fetchall()
            self._db.executemany("update notices set state = 'sending' where id = ?", [(row["id"],) for row in rows])
        return [_row(Notice, row) for row in rows]

    def unsettled(self, now: float) -> list[Refund]:
        with self._lock:
            rows = self._db.execute(
                "select * from refunds where state = ? and settles <= ? order by settles, created", (PROCESSING, now)
            ).fetchall()
        return [_row(Refund, row) for row in rows]

    def next_moment(self) -> float | None:
        """Return when the next notice or refund falls due."""
        with self._lock:
            row = self._db.execute(
                "select min(at) as at from (select min(next_at) as at from notices where state = 'waiting' "
                "union all select min(settles) from refunds where state = ?)",
                (PROCESSING,),
            ).fetchone()
        return None if row["at"] is None else float(row["at"])

    def as_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Return everything, for people and tests."""
        with self._lock:
            return {
                "payments": _plain(self.find(Payment)),
                "refunds": _plain(self.find(Refund)),
                "notices": _plain(self.find(Notice)),
            }


def _row(kind: type[Row], row: sqlite3.Row) -> Row:
    values = dict(row)
    for name in AS_JSON:
        if name in values:
            values[name] = json.loads(values[name])
    return kind(**values)


def _plain(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]
