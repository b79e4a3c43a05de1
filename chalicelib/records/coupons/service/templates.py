"""Templates: made, edited, moved, and known to every process within ten seconds.

Guarantees: a version never changes, and a coupon keeps the one it came of; a change is made once, of a template that is
as it was seen; what is left never falls below nothing, however the total is changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table
from chalicelib.runtime.memory import Memory
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import CouponTemplateChanged
from ..model import HEAD, TALLY, CouponTemplate, Shard, Tally, TemplateVersion, shard_part, version_part
from ..rules import (
    TEMPLATE,
    CouponTemplateNotFound,
    CouponTemplateStateConflict,
    CouponTermsWrong,
    CouponTotalTooLow,
    StaleCouponTemplate,
    Terms,
)

REMEMBERED_MS = 10_000
EDITED = ("draft", "open", "closed")
DRAFT = TEMPLATE.initial
OPEN = OPENING = "open"  # the state, and what leads to it
TALLIED = ("used", "returned", "paid", "off", "worth")


class Sheet(NamedTuple):
    """A template as it was read; `left`: how many, where that was looked up and is limited."""

    id: str
    state: str
    revision: int
    version: int
    shards: int
    terms: Terms
    changed_by: str
    changed_at: datetime
    left: int | None = None


class Counts(NamedTuple):
    """What of a template is left (None: no limit), and how many were had, in which way."""

    left: int | None
    had: Mapping[str, int]


class Funnel(NamedTuple):
    """What became of a template: left (None: no limit), had by each way, used by orders, given back by them; of those that
    were paid how many, what it took off them, and what was paid (fen)."""

    left: int | None
    had: Mapping[str, int]
    used: int
    returned: int
    paid: int
    off: int
    worth: int


class _Remembered(NamedTuple):
    at: int
    sheets: tuple[Sheet, ...]


_sheets: Memory[str, _Remembered] = Memory(2000)
_offered: Memory[str, _Remembered] = Memory(1)
_numbered: Memory[str, _Remembered] = Memory(2000)
_terms: Memory[tuple[str, int], Terms] = Memory(5000)  # versions never change


# ---- reading --------------------------------------------------------------------------------------------------------
def find(template_id: str) -> Sheet:
    """A template as it stands. Raises CouponTemplateNotFound."""
    row = table.get(CouponTemplate, template_id, HEAD, consistent=True) if is_id(template_id, "K") else None
    if row is None:
        raise CouponTemplateNotFound()
    return sheet_of(row)


def several(ids: Iterable[str], now: datetime) -> dict[str, Sheet]:
    """Those of these templates that there are, at most ten seconds old: what is not remembered in one read."""
    at, wanted = millis(now), [name for name in dict.fromkeys(ids) if is_id(name, "K")]
    missing = [name for name in wanted if not _fresh(_sheets.get(name), at)]
    rows = table.batch([Key(CouponTemplate, name, HEAD) for name in missing], consistent=True)
    for name, row in zip(missing, rows, strict=True):
        if row is not None:
            _sheets.put(name, _Remembered(at, (sheet_of(row),)))
        else:
            _sheets.forget(name)
    seen = {name: _sheets.get(name) for name in wanted}
    return {name: one.sheets[0] for name, one in seen.items() if one is not None}


def offered(now: datetime) -> tuple[Sheet, ...]:
    """Every template that is given out, oldest first, and what is left of those that anyone may claim: at most ten seconds
    old."""
    at, seen = millis(now), _offered.get(OPEN)
    if seen is None or not _fresh(seen, at):
        seen = _Remembered(at, tuple(_counted(every(OPEN), lambda sheet: sheet.terms.public)))
        _offered.put(OPEN, seen)
    return seen.sheets


def numbered(sheets: Sequence[Sheet], now: datetime) -> list[Sheet]:
    """The same, with what is left of those that are limited: at most ten seconds old."""
    at = millis(now)
    missing = [sheet for sheet in sheets if not _fresh(_numbered.get(sheet.id), at)]
    found = {sheet.id: sheet for sheet in _counted(missing, lambda sheet: True)} if missing else {}
    for name, sheet in found.items():
        _numbered.put(name, _Remembered(at, (sheet,)))
    seen = {sheet.id: _numbered.get(sheet.id) for sheet in sheets}
    return [one.sheets[0] for one in seen.values() if one is not None]


def _counted(sheets: list[Sheet], asked: Callable[[Sheet], bool]) -> Iterator[Sheet]:
    limited = [sheet for sheet in sheets if asked(sheet) and sheet.terms.total is not None]
    rows = iter(table.batch([key for sheet in limited for key in shard_keys(sheet)]))
    lefts = {sheet.id: sum(row.left or 0 for row in islice(rows, sheet.shards) if row is not None) for sheet in limited}
    return (sheet._replace(left=lefts.get(sheet.id)) for sheet in sheets)


def every(state: str) -> list[Sheet]:
    """All templates of a state, oldest first."""
    found, cursor = list[Sheet](), None
    while True:
        page, cursor = by_state(state, 100, cursor, newest_first=False)
        found += page
        if cursor is None:
            return found


def by_state(
    state: str, limit: int, cursor: str | None, *, newest_first: bool = True
) -> tuple[list[Sheet], str | None]:
    """A page of the templates of a state, and the cursor of the next page."""
    rows, more = table.listed(
        CouponTemplate, state, index="by_state", hash_name="s", limit=limit, cursor=cursor, newest_first=newest_first
    )
    return [sheet_of(row) for row in rows if row.state == state], more


def terms_of(wanted: Iterable[tuple[str, int]], now: datetime) -> dict[tuple[str, int], Terms]:
    """The terms of these (template, version): remembered for good, else read at once."""
    missing = [one for one in dict.fromkeys(wanted) if _terms.get(one) is None]
    keys = [Key(TemplateVersion, template, version_part(version)) for template, version in missing]
    for one, row in zip(missing, table.batch(keys), strict=True):
        if row is not None:
            _terms.put(one, rules.unpacked(row.terms))
    found = {one: _terms.get(one) for one in wanted}
    return {one: terms for one, terms in found.items() if terms is not None}


def counts(sheet: Sheet) -> Counts:
    """What is left and was had of a template, as it stands."""
    rows = [row for row in shards_of(sheet) if row is not None]
    limited = sheet.terms.total is not None
    left = sum(row.left or 0 for row in rows) if rows else sheet.terms.total
    had = {way: sum(getattr(row, way) or 0 for row in rows) for way in rules.WAYS}
    return Counts(left if limited else None, had)


def funnel(template_id: str) -> Funnel:
    """What became of a template so far. Raises CouponTemplateNotFound."""
    sheet = find(template_id)
    here, tally = counts(sheet), table.get(Tally, sheet.id, TALLY, consistent=True)
    told = [getattr(tally, name) or 0 for name in TALLIED] if tally is not None else [0] * len(TALLIED)
    return Funnel(here.left, here.had, *told)


def tally(template_id: str, work: Work, **more: int) -> None:
    """Count what became of a template's coupons, see `Tally`."""
    work.add(steps.tally(template_id, **more))


def shards_of(sheet: Sheet) -> list[Shard | None]:
    """The rows in which a template is counted, as they stand."""
    return table.batch(shard_keys(sheet), consistent=True)


def shard_keys(sheet: Sheet) -> list[Key]:
    """Their keys, for a batch read together with others' rows."""
    return [Key(Shard, sheet.id, shard_part(i)) for i in range(sheet.shards)]


def forget(template_id: str) -> None:
    """Look it up again next time: it was changed in this process, or is not as it was remembered."""
    _sheets.forget(template_id)
    _numbered.forget(template_id)
    _offered.forget()


def sheet_of(row: CouponTemplate) -> Sheet:
    """A template from its row; its terms are read once."""
    terms = _terms.get((row.id, row.version))
    if terms is None:
        terms = rules.unpacked(row.terms)
        _terms.put((row.id, row.version), terms)
    return Sheet(
        row.id, row.state, row.revision, row.version, row.shards or 0, terms, row.changed_by or "", row.changed_at
    )


def _fresh(seen: _Remembered | None, at: int) -> bool:
    return seen is not None and 0 <= at - seen.at < REMEMBERED_MS


# ---- changing -------------------------------------------------------------------------------------------------------
def add(terms: Terms, work: Work, *, template_id: str | None = None) -> str:
    """A new template, a draft; returns its id. Raises CouponTermsWrong."""
    _require_right(terms, work.now)
    template = template_id or work.new_id("K")

    work.add(*steps.add_template(template, rules.packed(terms), work.caller.id, work.now))
    work.publish(CouponTemplateChanged(template, "added", 1))
    return template


def require_open(sheet: Sheet) -> None:
    """Raises CouponTemplateStateConflict of a template that is not given out."""
    if sheet.state != OPEN:
        raise CouponTemplateStateConflict(state=sheet.state)


def edit(template_id: str, revision: int, terms: Terms, work: Work) -> int:
    """Other terms from now on; who has a coupon keeps what they have. Returns the new revision.

    Raises CouponTemplateNotFound, StaleCouponTemplate, CouponTemplateStateConflict, CouponTermsWrong, CouponTotalTooLow.
    """
    row = _seen_row(template_id, revision)
    _require_right(terms, work.now)
    if row.state not in EDITED:
        raise CouponTemplateStateConflict(state=row.state)

    work.add(*steps.edit_template(row, rules.packed(terms), work.caller.id, work.now))
    work.add(*steps.follow(row.id, row.revision, _lefts(sheet_of(row), terms.total)))
    work.publish(CouponTemplateChanged(row.id, "edited", revision + 1))
    forget(row.id)
    return revision + 1


def move(template_id: str, revision: int, action: str, work: Work) -> Sheet:
    """Open, close, stop or discard a template. Returns it as it is then.

    Raises CouponTemplateNotFound, StaleCouponTemplate, CouponTemplateStateConflict.
    """
    row = _seen_row(template_id, revision)
    if TEMPLATE.after(row.state, action) is None:
        raise CouponTemplateStateConflict(state=row.state)
    sheet = sheet_of(row)
    new = rules.shards(sheet.terms.total) if action == OPEN and not sheet.shards else 0

    work.add(steps.move_template(row, action, work.caller.id, work.now, sheet.shards + new))
    if new:
        total = sheet.terms.total
        work.add(*steps.add_shards(row.id, revision + 1, [None] * new if total is None else rules.spread(total, new)))
    else:
        work.add(*steps.follow(row.id, revision, _lefts(sheet, sheet.terms.total)))
    work.publish(CouponTemplateChanged(row.id, action, revision + 1))
    forget(row.id)
    return sheet._replace(state=TEMPLATE.target(action), revision=revision + 1)


def _seen_row(template_id: str, revision: int) -> CouponTemplate:
    row = table.get(CouponTemplate, template_id, HEAD, consistent=True) if is_id(template_id, "K") else None
    if row is None:
        raise CouponTemplateNotFound()
    if row.revision != revision:
        raise StaleCouponTemplate()
    return row


def _require_right(terms: Terms, now: datetime) -> None:
    if wrong := rules.wrong_in(terms, millis(now)):
        raise CouponTermsWrong(at=wrong[0], problem=wrong[1])


def _lefts(sheet: Sheet, total: int | None) -> dict[int, tuple[int | None, int | None]]:
    """By shard what is left, and what is to be with this total. Raises CouponTotalTooLow."""
    if total == sheet.terms.total:
        return dict.fromkeys(range(sheet.shards), (None, None))
    rows = [row for row in shards_of(sheet) if row is not None]
    had = sum(row.had for row in rows)
    if total is not None and total < had:
        raise CouponTotalTooLow(least=had)
    after = [None] * len(rows) if total is None else rules.spread(total - had, len(rows) or 1)
    return {i: (row.left, after[i]) for i, row in enumerate(rows)}
