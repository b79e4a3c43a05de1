"""Having a coupon: claimed by its customer, in one write and without a read.

Guarantees: never more of a template than its total, of a person than its limits, whoever comes at the same moment; what
was remembered of a template is a condition of the write, so nobody gets what was just changed or closed. Whoever meets
somebody faster looks again, with one read.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from chalicelib.kernel.clock import business_day, instant, millis
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.memory import Memory
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import CouponClaimed, CouponExpiresSoon, CouponGranted
from ..model import ClaimDay, Coupon, Shard, day_part
from ..rules import (
    ClaimedEnough,
    ClaimedEnoughToday,
    ClaimNotForYou,
    ClaimNotOpen,
    CouponGone,
    CouponTemplateNotFound,
    Terms,
    coupon_id,
)
from . import templates
from .templates import OPEN, Sheet

OWN_ACT = ("claim", "code")
REMINDED = timedelta(milliseconds=rules.REMINDED_MS)


class Had(NamedTuple):
    """A coupon that somebody has now; usable from, and before."""

    id: str
    template: str
    starts_at: datetime
    ends_at: datetime


class Claimable(NamedTuple):
    """A template that anyone may claim, how many of it somebody claimed, and why they get no other one now, if so."""

    sheet: Sheet
    claimed: int
    refused: Refusal | None


class Spot(NamedTuple):
    """Where the next coupon of somebody fits: the slot of theirs, the number of the day, the shard."""

    slot: int
    of_day: int
    shard: int


_dry: Memory[str, tuple[int, frozenset[int]]] = Memory(2000)  # shards that were found empty, by template and revision


def claim(template_id: str, work: Work, segments: frozenset[str] = frozenset()) -> Had:
    """Have a coupon of a template that anyone may claim, or anyone of these segments. The door looks again while its refusals
    are RACED.

    Raises CouponTemplateNotFound, ClaimNotOpen, ClaimNotForYou, and on a second look ClaimedEnough, ClaimedEnoughToday,
    CouponGone.
    """
    sheet = look(template_id, work)
    if not sheet.terms.public:
        raise CouponTemplateNotFound()
    return have(sheet, "claim", work, segments)


def look(template_id: str, work: Work) -> Sheet:
    """The template as it is remembered, or as it stands for who looks again. Raises CouponTemplateNotFound."""
    if work.look:
        templates.forget(template_id)
    known = templates.several([template_id], work.now).get(template_id)
    if known is None:
        raise CouponTemplateNotFound()
    return known


def have(sheet: Sheet, way: str, work: Work, segments: frozenset[str] = frozenset()) -> Had:
    """A coupon for the caller, by their own act; refuses as `claim`."""
    customer, terms = work.caller.id, sheet.terms
    require_given(sheet, work.now)
    _require_for(terms, segments, work)
    spot = _again(sheet, customer, work.now) if work.look else _first(sheet, customer)

    told = _issued(sheet, customer, spot.slot, way, work)
    work.add(steps.take(sheet.id, sheet.revision, spot.shard, 1, way, limited=terms.total is not None))
    if terms.per_day is not None:
        work.add(steps.count_day(customer, sheet.id, _day(work.now), spot.of_day, work.now))
    return told


def _issued(sheet: Sheet, customer: str, slot: int, way: str, work: Work) -> Had:
    name = coupon_id(sheet.id, slot)
    work.add(steps.issue(customer, name, sheet.version, sheet.terms, way, work.now))
    tell(customer, name, way, sheet.terms, work)
    starts, ends = sheet.terms.window(millis(work.now))
    return Had(name, sheet.id, instant(starts), instant(ends))


def tell(customer: str, name: str, way: str, terms: Terms, work: Work) -> None:
    """Somebody has a coupon more, and is to be reminded of it a day before it ends."""
    had = CouponClaimed(customer, name, way) if way in OWN_ACT else CouponGranted(customer, name, way)
    work.publish(had)
    soon = instant(terms.window(millis(work.now))[1]) - REMINDED
    if soon > work.now:
        work.publish(CouponExpiresSoon(customer, name), at=soon)


def public(now: datetime) -> list[Sheet]:
    """The templates that anyone may claim now or later and that are not gone, oldest first, at most ten seconds old."""
    at, found = millis(now), list[Sheet]()
    for one in templates.offered(now):
        if one.terms.public and one.left != 0 and given_now(one, max(at, one.terms.claim_from or 0)):
            found.append(one)
    return found


def claimable(caller: Caller, now: datetime) -> list[Claimable]:
    """The same as they stand for somebody: one read of what they have of each."""
    sheets = public(now)
    keys = [_own_keys(sheet, caller.id, now) for sheet in sheets]
    rows = iter(table.batch([key for own in keys for key in own], consistent=True))
    found = list[Claimable]()
    for sheet, own in zip(sheets, keys, strict=True):
        slots, days = list(islice(rows, sheet.terms.per_person)), list(islice(rows, len(own) - sheet.terms.per_person))
        had = sum(row is not None for row in slots)
        found.append(Claimable(sheet, had, _why_not(sheet, slots, days, caller, now)))
    return found


def _why_not(
    sheet: Sheet, slots: Sequence[object | None], days: Sequence[object | None], caller: Caller, now: datetime
) -> Refusal | None:
    terms = sheet.terms
    if not given_now(sheet, millis(now)):
        return ClaimNotOpen()
    if not for_terminal(terms, caller.terminal):
        return ClaimNotForYou()
    return _enough(terms, slots, days)


def _enough(terms: Terms, slots: Sequence[object | None], days: Sequence[object | None]) -> Refusal | None:
    """Why somebody gets no other one who has these, in all and of the day; None where they may."""
    if _free(slots) is None:
        return ClaimedEnough(most=terms.per_person)
    if terms.per_day is not None and _free(days) is None:
        return ClaimedEnoughToday(most=terms.per_day)
    return None


# ---- whether --------------------------------------------------------------------------------------------------------
def require_given(sheet: Sheet, now: datetime) -> None:
    """Raises CouponTemplateNotFound where nobody may know of it yet, ClaimNotOpen where it is not given out now."""
    if sheet.state in ("draft", "discarded"):
        raise CouponTemplateNotFound()
    if not given_now(sheet, millis(now)):
        raise ClaimNotOpen()


def given_now(sheet: Sheet, at: int) -> bool:
    """Whether a template is given out at an instant, and of use to who has it then."""
    terms = sheet.terms
    begun = terms.claim_from is None or at >= terms.claim_from
    over = (terms.claim_to is not None and at >= terms.claim_to) or terms.window(at)[1] <= at
    return sheet.state == OPEN and begun and not over


def for_terminal(terms: Terms, terminal: str, segments: frozenset[str] = frozenset()) -> bool:
    """Whether it is for who comes by this terminal, and asks no level of them, which nobody has yet, nor another segment."""
    belongs = not terms.segments or not segments.isdisjoint(terms.segments)
    return belongs and not terms.levels and (not terms.channels or terminal in terms.channels)


def _require_for(terms: Terms, segments: frozenset[str], work: Work) -> None:
    if not for_terminal(terms, work.caller.terminal, segments):
        raise ClaimNotForYou()


# ---- where ----------------------------------------------------------------------------------------------------------
def _first(sheet: Sheet, customer: str) -> Spot:
    """Without a look: the first slot, in a shard that was not found empty. Raises CouponGone."""
    revision, dry = _dry.get(sheet.id) or (0, frozenset[int]())
    left = [shard for shard in range(sheet.shards) if revision != sheet.revision or shard not in dry]
    if not left:
        raise CouponGone()
    return Spot(0, 0, left[lot(sheet, customer) % len(left)])


def _again(sheet: Sheet, customer: str, now: datetime) -> Spot:
    """After a look at the shards and at what the customer has. Raises CouponGone, ClaimedEnough, ClaimedEnoughToday."""
    terms, own = sheet.terms, _own_keys(sheet, customer, now)
    rows = table.batch([*own, *templates.shard_keys(sheet)], consistent=True)
    slots, days = rows[: terms.per_person], rows[terms.per_person : len(own)]
    if (refused := _enough(terms, slots, days)) is not None:
        raise refused
    full = room(sheet, rows[len(own) :])
    if not full:
        raise CouponGone()
    return Spot(_free(slots) or 0, _free(days) or 0, full[lot(sheet, customer) % len(full)])


def _own_keys(sheet: Sheet, customer: str, now: datetime) -> list[Key]:
    """Where somebody's coupons of a template are, and then those of the day."""
    slots = [Key(Coupon, customer, coupon_id(sheet.id, slot)) for slot in range(sheet.terms.per_person)]
    day = _day(now)
    return [
        *slots,
        *(Key(ClaimDay, customer, day_part(sheet.id, day, number)) for number in range(sheet.terms.per_day or 0)),
    ]


def room(sheet: Sheet, rows: Sequence[Shard | None]) -> list[int]:
    """The shards that have something left, and remember those that have not."""
    full = [i for i, row in enumerate(rows) if row is not None and (row.left is None or row.left > 0)]
    _dry.put(sheet.id, (sheet.revision, frozenset(range(sheet.shards)) - frozenset(full)))
    return full


def _free(rows: Sequence[object | None]) -> int | None:
    return next((i for i, row in enumerate(rows) if row is None), None)


def lot(sheet: Sheet, customer: str) -> int:
    """A number by which somebody's claims fall upon a shard."""
    return crc32(f"{sheet.id}{customer}".encode())


def _day(now: datetime) -> str:
    return f"{business_day(now):%Y%m%d}"
