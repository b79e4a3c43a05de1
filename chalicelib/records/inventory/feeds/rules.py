"""How a feed's rows are read and what they make of a shelf, and this wing's refusals. Pure; whole pieces, instants in epoch ms.

A row is a count (all that lies there) or a difference. `fold` takes them so that every order and any repetition of a feed
ends as its rows sorted by sequence would: an older or equal count is known; a difference counts once by its id, and not at
all where a count is as late as it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated

from ..rules import LOCATION
from ..rules import SYNC as SYNC

MOST_PIECES = 10_000_000
MOST_SEQ = 10**18
MOST_ROWS = 100  # of one push
PART = 24  # rows of one transaction: a row is at most three items, and there may be further buckets
AHEAD = timedelta(minutes=5)  # how far others' clocks may be before ours, and how old a signed request may be
CountKind = Literal["physical", "free"]
WmsName = Literal["", "jushuitan"]  # which system packs what is sold from where a source counts; "": the shop itself
FIELDS = frozenset({"sku", "location", "count", "delta", "seq", "id", "allocated", "as_of"})
CODE = "[A-Z0-9][A-Z0-9-]{1,31}"
SKU, ID = re.compile(r"[0-9A-Za-z._-]{1,64}"), re.compile(r"[!-~]{1,64}")
WHOLE = re.compile(r"[+-]?[0-9]{1,30}")


class SourceNotFound(NotFound):
    source: str
    zh, en = "没有名为 {source} 的库存来源", "There is no source of stock {source}"


class SourceTaken(Invalid):
    source: str
    zh, en = "库存来源 {source} 已存在", "The source {source} is there already"


class SourceActive(Conflict):
    source: str
    zh, en = "来源 {source} 仍在启用，请先停用", "The source {source} may still tell: switch it off first"


class SyncUnsigned(Unauthenticated):
    zh, en = "来源、时间或签名不正确", "Source, time or signature is not right"


class SourceMalformed(Invalid):
    zh, en = "来源编码须为 2 至 32 位的 A–Z、0–9 和 -", "A source's code is two to thirty-two of A–Z, 0–9 and -"


class SyncSizeWrong(Invalid):
    most: int
    zh, en = "一次推送须有 1 至 {most} 行", "A push has one to {most} rows"


# ---- of a row: these are answered by line, and the other rows go in -------------------------------------------------
class RowUnreadable(Invalid):
    zh, en = "该行无法解析", "This row cannot be read"


class RowFieldUnknown(Invalid):
    field: str
    zh, en = "未知字段 {field}", "There is no field {field}"


class RowFieldMissing(Invalid):
    field: str
    zh, en = "缺少字段 {field}", "The field {field} is missing"


class RowFieldMalformed(Invalid):
    field: str
    zh, en = "字段 {field} 格式不正确", "The field {field} is not of its form"


class RowNumberNotWhole(Invalid):
    field: str
    zh, en = "{field} 必须是整数", "{field} takes a whole number"


class RowNumberNegative(Invalid):
    field: str
    zh, en = "{field} 不能为负数", "{field} cannot be below nothing"


class RowNumberTooLarge(Invalid):
    field: str
    most: int
    zh, en = "{field} 不能超过 {most}", "{field} is at most {most}"


class RowCountAndDelta(Invalid):
    zh, en = "count 与 delta 必须且只能填一个", "A row has a count or a delta, one of them"


class RowFromFuture(Invalid):
    zh, en = "as_of 晚于当前时间", "as_of has not come yet"


class RowSkuUnknown(NotFound):
    sku: str
    zh, en = "没有 SKU {sku}", "There is no SKU {sku}"


class RowLocationUnknown(NotFound):
    location: str
    zh, en = "没有仓库或门店 {location}", "There is no location {location}"


class RowOwnedByAnother(Invalid):
    source: str
    zh, en = "该 SKU 在此仓的库存由来源 {source} 负责", "This SKU's stock there is counted by {source}"


class RowDeltaDiffers(Invalid):
    told: int
    zh, en = "该 id 的增量此前为 {told}，不能再改为其他数值", "This id was told before, with a difference of {told}"


class FeedRow(NamedTuple):
    """A count or a difference, as it was read. `seq` of a difference may be missing: then it is later than any count that
    was taken before, and in any that is taken after."""

    sku: str
    location: str
    figure: int | None
    delta: int | None
    seq: int | None
    id: str
    allocated: int
    as_of: int

    def packed(self) -> list[Any]:
        """As it travels."""
        return list(self)


def read_row(
    raw: Any, now: datetime, location: str = LOCATION, as_of: datetime | None = None, seq: int | None = None
) -> FeedRow:
    """A row of a push or a file; texts are read as numbers where they are whole, and what it does not say is as told beside it.
    Raises a refusal that names what is wrong."""
    if not isinstance(raw, Mapping):
        raise RowUnreadable()
    told = {name: value for name, value in raw.items() if value not in (None, "")}
    for name in told:
        if name not in FIELDS:
            raise RowFieldUnknown(field=str(name)[:40])
    if ("count" in told) == ("delta" in told):
        raise RowCountAndDelta()
    counted = "count" in told
    if counted and seq is not None:
        told.setdefault("seq", seq)
    row = FeedRow(
        _text(told, "sku", SKU, None),
        _text(told, "location", SKU, location),
        _whole(told, "count", 0, MOST_PIECES) if counted else None,
        None if counted else _whole(told, "delta", -MOST_PIECES, MOST_PIECES),
        _whole(told, "seq", 0, MOST_SEQ) if counted or "seq" in told else None,
        "" if counted else _text(told, "id", ID, None),
        _whole(told, "allocated", 0, MOST_PIECES) if counted and "allocated" in told else 0,
        _instant(told, as_of or now),
    )
    if row.as_of > millis(now + AHEAD):
        raise RowFromFuture()
    return row


def _text(told: Mapping[str, Any], field: str, form: re.Pattern[str], default: str | None) -> str:
    value = told.get(field, default)
    if value is None:
        raise RowFieldMissing(field=field)
    if not isinstance(value, str) or not form.fullmatch(value):
        raise RowFieldMalformed(field=field)
    return value


def _whole(told: Mapping[str, Any], field: str, least: int, most: int) -> int:
    value = told.get(field)
    if value is None:
        raise RowFieldMissing(field=field)
    if isinstance(value, str) and WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RowNumberNotWhole(field=field)
    if value < least:
        raise RowNumberNegative(field=field) if least == 0 else RowNumberTooLarge(field=field, most=most)
    if value > most:
        raise RowNumberTooLarge(field=field, most=most)
    return value


def _instant(told: Mapping[str, Any], default: datetime) -> int:
    if "as_of" not in told:
        return millis(default)
    try:
        at = datetime.fromisoformat(told["as_of"])
        return millis(at.replace(microsecond=0)) if at.tzinfo else _fail()
    except (TypeError, ValueError, OverflowError):
        raise RowFieldMalformed(field="as_of") from None


def _fail() -> int:
    raise ValueError


# ---- the numbers of a source that skips none ------------------------------------------------------------------------
MOST_GAPS = 100


class FeedNumbers(NamedTuple):
    """The highest number (`seq`) that came, and which before it did not: (first, last) each, the latest hundred."""

    high: int | None = None
    gaps: tuple[tuple[int, int], ...] = ()


def counted_on(known: FeedNumbers, seqs: Iterable[int]) -> FeedNumbers:
    """What is known once these numbers came, too, in whichever order and however often. The first that ever comes misses none
    before it."""
    high, gaps = known.high, list(known.gaps)
    for seq in sorted(set(seqs)):
        if high is None or seq > high:
            gaps += [(high + 1, seq - 1)] if high is not None and seq > high + 1 else []
            high = seq
        else:
            gaps = [part for gap in gaps for part in _around(gap, seq)]
    return FeedNumbers(high, tuple(gaps[-MOST_GAPS:]))


def _around(gap: tuple[int, int], seq: int) -> list[tuple[int, int]]:
    """What is left of a gap once a number came."""
    first, last = gap
    if not first <= seq <= last:
        return [gap]
    return [one for one in ((first, seq - 1), (seq + 1, last)) if one[0] <= one[1]]


def seqs_of(raws: Iterable[Any]) -> list[int]:
    """The numbers that rows tell, also those that are refused for something else."""
    found = []
    for raw in raws:
        if isinstance(raw, Mapping):
            with suppress(Invalid):
                found.append(_whole(raw, "seq", 0, MOST_SEQ))
    return found


# ---- what rows make of a shelf --------------------------------------------------------------------------------------
class FedShelf(NamedTuple):
    """What a SKU's first bucket at a location says: on hand; the latest count taken (`seq`) and the latest difference that is
    later (`tail`); by how much the feed is below nothing; and what left that a count may not know of."""

    on_hand: int = 0
    lacking: int = 0
    seq: int | None = None
    tail: int | None = None
    counted_at: int | None = None
    sent: int = 0
    sent_before: int = 0
    turned: int | None = None
    sent_at: int | None = None
    acked: int = 0
    acked_before: int = 0
    acked_at: int | None = None

    @property
    def told(self) -> int:
        """What the feed says, which may be below nothing."""
        return self.on_hand - self.lacking


def fold(
    shelf: FedShelf,
    rows: Iterable[FeedRow],
    known: Mapping[str, tuple[int, int]],
    *,
    lag_ms: int,
    now: int,
    free: bool = False,
) -> tuple[FedShelf, dict[str, tuple[int, int]]]:
    """The shelf after these rows, in whichever order they come, and what they add to the differences that are `known` (id ->
    how much, as of which sequence). `free`: a count leaves out what is set aside for our orders."""
    fresh: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.figure is not None and row.seq is not None:
            if shelf.seq is not None and row.seq <= shelf.seq:
                continue
            later = sum(delta for delta, seq in {**known, **fresh}.values() if seq > row.seq)
            shelf, aside = _set_aside(shelf, row.as_of) if free else (shelf, 0)
            shelf = _counted(shelf, row, row.figure + row.allocated + aside, later, now, lag_ms)
        elif row.delta is not None and row.id not in known and row.id not in fresh and not _in_count(shelf, row.seq):
            fresh[row.id] = (row.delta, row.seq if row.seq is not None else shelf.seq or 0)
            tail = max(row.seq, shelf.tail or 0) if row.seq is not None else shelf.tail
            shelf = _saying(shelf, shelf.told + row.delta)._replace(tail=tail)
    return shelf, fresh


def looks_back(shelf: FedShelf, rows: Iterable[FeedRow]) -> bool:
    """Whether a count among these rows is older than differences that were taken: all of those are to be known then."""
    return any(shelf.tail is not None and row.figure is not None and (row.seq or 0) < shelf.tail for row in rows)


def _in_count(shelf: FedShelf, seq: int | None) -> bool:
    return seq is not None and shelf.seq is not None and seq <= shelf.seq


def _counted(shelf: FedShelf, row: FeedRow, said: int, later: int, now: int, lag_ms: int) -> FedShelf:
    """A count is taken with what it cannot know yet: later differences, and what left since it was made."""
    shelf, unseen = _unseen(shelf, row.as_of - lag_ms, now)
    tail = shelf.tail if shelf.tail is not None and shelf.tail > (row.seq or 0) else None
    return _saying(shelf, said - unseen + later)._replace(seq=row.seq, tail=tail, counted_at=row.as_of)


def _set_aside(shelf: FedShelf, as_of: int) -> tuple[FedShelf, int]:
    """How many pieces of ours a count as of this instant leaves out, since its warehouse had set them aside by then: never more
    than it does."""
    if shelf.acked_at is None or as_of >= shelf.acked_at:
        return shelf._replace(acked_before=shelf.acked), max(0, shelf.acked)
    return shelf, max(0, min(shelf.acked_before, shelf.acked))


def _unseen(shelf: FedShelf, as_of: int, now: int) -> tuple[FedShelf, int]:
    """How many pieces left that a count as of this instant may still hold: never fewer than it does, and none that left before
    the count before the last was taken."""
    if shelf.counted_at is None or shelf.sent_at is None or as_of >= shelf.sent_at:
        return shelf._replace(sent=0, sent_before=0, turned=now), 0
    if shelf.turned is None or as_of >= shelf.turned:
        return shelf._replace(sent=0, sent_before=shelf.sent, turned=now), shelf.sent
    return shelf, shelf.sent + shelf.sent_before


def _saying(shelf: FedShelf, told: int) -> FedShelf:
    return shelf._replace(on_hand=max(0, told), lacking=max(0, -told))
