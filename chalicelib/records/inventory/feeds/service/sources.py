"""Sources: who may tell how much lies somewhere, and how it is known that it is they.

Guarantees: a secret is shown when it is made and never again, and is stored nowhere: it follows from the shop's keys; the one
before is good for a day after; who is switched off is refused at once.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple, cast

from chalicelib.kernel.clock import instant
from chalicelib.runtime import keys, observe, table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.work import Work

from ...events import SourceChanged
from ...model import SOURCES, StockSource
from ...places import service as places
from ...rules import LOCATION
from .. import steps
from ..rules import AHEAD, CountKind, FeedNumbers, SourceNotFound, SyncUnsigned, WmsName

GRACE = timedelta(days=1)
REMEMBERED_MS = 10_000
FORGED = observe.alarmed(
    "SyncForged", "Many pushes of stock do not come from a source of ours; somebody is trying", times=20, seconds=300
)


_suppliers: Recent[str, dict[str, Source]] = Recent(REMEMBERED_MS)


class SourceTerms(NamedTuple):
    """What is agreed with a source: whether its counts hold what is held for orders ("physical") or not ("free"); where it
    counts unless it says otherwise; how late it books what left; from how many percent less at once a person looks; which system
    packs what is sold from there ("": the shop itself); whether each number of its pushes follows the one before."""

    name: str
    counts: CountKind
    location: str
    lag_minutes: int
    guard_percent: int
    active: bool
    wms: WmsName = ""
    gapless: bool = False


class Source(NamedTuple):
    """A source as it stands. `generation` 0: it has no secret yet."""

    code: str
    terms: SourceTerms
    generation: int
    former_until: datetime | None
    last_at: datetime | None
    last_seq: int | None
    numbers: FeedNumbers = FeedNumbers()

    @property
    def lag_ms(self) -> int:
        return self.terms.lag_minutes * 60_000


def every() -> list[Source]:
    """All sources by code."""
    return [_source(row) for row in table.every(StockSource, SOURCES, consistent=True)]


def find(code: str) -> Source:
    """A source. Raises SourceNotFound."""
    row = table.get(StockSource, SOURCES, code, consistent=True)
    if row is None:
        raise SourceNotFound(source=code)
    return _source(row)


def supplier(location: str = LOCATION) -> Source | None:
    """The source whose system packs what is sold from a location; None where the shop does. At most ten seconds old."""
    return suppliers().get(location)


def suppliers() -> dict[str, Source]:
    """By location, the sources whose systems pack; at most ten seconds old."""
    return _suppliers.recall("", lambda _: {one.terms.location: one for one in every() if _packs(one)})


def _packs(source: Source) -> bool:
    return source.terms.active and bool(source.terms.wms)


def forget() -> None:
    """Read again next time who packs."""
    _suppliers.forget()


def agree(code: str, terms: SourceTerms, work: Work) -> Source:
    """Agree on these terms with a source; a new one has no secret yet. Raises LocationNotFound, and SourceTaken
    where somebody was faster."""
    places.find(terms.location)
    row = table.get(StockSource, SOURCES, code, consistent=True)
    numbers = _numbers(row) if row is not None else None
    row = row if row is not None else StockSource(SOURCES, code, generation=0)
    row.name, row.counts, row.location, row.active = terms.name, terms.counts, terms.location, terms.active
    row.lag_minutes, row.guard_percent, row.wms = terms.lag_minutes, terms.guard_percent, terms.wms or None
    row.gapless = terms.gapless or None
    if not terms.gapless:
        row.high = row.gaps = None
    work.add(steps.keep_source(row, numbers) if numbers is not None else steps.open_source(row))
    work.publish(SourceChanged(code, terms.active, row.generation or 0))
    forget()
    return _source(row)


def renew(code: str, work: Work) -> str:
    """A new secret of a source, which is told here and never again. Raises SourceNotFound."""
    row = table.get(StockSource, SOURCES, code, consistent=True)
    if row is None:
        raise SourceNotFound(source=code)
    row.generation = (row.generation or 0) + 1
    row.former_until = work.now + GRACE if row.generation > 1 else None
    work.add(steps.keep_source(row, _numbers(row)))
    work.publish(SourceChanged(code, bool(row.active), row.generation))
    return secret_of(code, row.generation)


def secret_of(code: str, generation: int) -> str:
    """The text with which a source signs."""
    told = f"secret of a stock source\n{code}\n{generation}".encode()
    return "jss_" + base64.urlsafe_b64encode(hmac.digest(keys.index_key(), told, "sha256")).decode().rstrip("=")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """How a body is signed at an instant (epoch s, as text)."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def signed(headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[Source, datetime]:
    """The source that sends this, and when it says that it did. Raises SyncUnsigned."""
    try:
        return _signed(headers, body, now)
    except SyncUnsigned:
        observe.count(FORGED)
        raise


def _signed(headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[Source, datetime]:
    code, timestamp = headers.get("jishi-source", ""), headers.get("jishi-timestamp", "")
    if not re.fullmatch("[0-9]{10}", timestamp):
        raise SyncUnsigned()
    at = instant(int(timestamp) * 1000)
    try:
        source = find(code)
    except SourceNotFound:
        raise SyncUnsigned() from None
    former = [source.generation - 1] if source.former_until is not None and now < source.former_until else []
    good = [secret_of(code, one) for one in (source.generation, *former) if one > 0]
    given = headers.get("jishi-signature", "").encode()
    fits = [hmac.compare_digest(signature(secret, timestamp, body).encode(), given) for secret in good]
    if not any(fits) or not source.terms.active or abs(now - at) > AHEAD:
        raise SyncUnsigned()
    return source, at


def _source(row: StockSource) -> Source:
    terms = SourceTerms(
        row.name or "",
        cast(CountKind, row.counts),
        row.location or "",
        row.lag_minutes or 0,
        row.guard_percent or 0,
        bool(row.active),
        cast(WmsName, row.wms or ""),
        bool(row.gapless),
    )
    return Source(row.id, terms, row.generation or 0, row.former_until, row.last_at, row.last_seq, _numbers(row))


def _numbers(row: StockSource) -> FeedNumbers:
    return FeedNumbers(row.high, tuple((first, last) for first, last in json.loads(row.gaps or "[]")))
