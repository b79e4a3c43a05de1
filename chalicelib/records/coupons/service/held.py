"""What somebody has of coupons, and in which state each is at an instant: judged when it is looked at, by no job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from ..model import HELD, NEWCOMER, Coupon, OnceBenefit
from ..rules import Terms, state_of, template_of, unfit
from . import templates

STOPPED = "stopped"
ALWAYS = "1970-01-01T00:00:00.000Z"
AT_ONCE = 80  # rows of one transaction
MOST_LOOKS = 5  # pages that are read for one that has something in it


class HeldCoupon(NamedTuple):
    """A coupon of somebody. `document` is its template's version as pricing reads it, the same for everybody who has one:
    when this one is used stands beside it."""

    id: str
    template: str
    version: int
    starts_at: datetime
    ends_at: datetime
    state: str
    way: str
    had_at: datetime
    used_by: str | None
    terms: Terms

    @property
    def document(self) -> Mapping[str, Any]:
        own = {"id": self.template, "version": self.version, "starts_at": ALWAYS, "ends_at": None}
        return {**self.terms.document, **own}


class Wallet(NamedTuple):
    """What somebody may use now, the soonest to end first, and the order that has their benefit for new customers."""

    usable: list[HeldCoupon]
    newcomer_order: str | None


def usable(customer: str, now: datetime) -> list[HeldCoupon]:
    """The coupons that somebody may use at this instant, the soonest to end first: one query, while the terms of their
    templates are remembered."""
    return wallet(customer, now).usable


def wallet(customer: str, now: datetime) -> Wallet:
    """The same with the order that has their benefit for new customers, in the same query."""
    rows, order = list[Coupon](), None
    for item in table.every_raw(Coupon, customer):
        if item["c"]["S"] == NEWCOMER:
            order = OnceBenefit.from_raw_data(item).order
        elif item["c"]["S"].startswith(HELD):
            rows.append(Coupon.from_raw_data(item))
    at = millis(now)
    held = _told([row for row in rows if _state(row, at) == "usable"], now)
    return Wallet(sorted((one for one in held if one.state == "usable"), key=lambda one: (one.ends_at, one.id)), order)


def span(customer: str, coupon_id: str) -> tuple[datetime, str] | None:
    """When a coupon of somebody ends, and how they came by it; None where there is none."""
    row = table.get(Coupon, customer, coupon_id) if coupon_id.startswith(HELD) else None
    return (row.ends_at, row.way) if row is not None and row.ends_at is not None else None


def fits(customer: str, coupon_id: str, now: datetime) -> bool:
    """Whether a coupon of somebody may be used at this instant."""
    row = table.get(Coupon, customer, coupon_id) if coupon_id.startswith(HELD) else None
    return row is not None and _state(row, millis(now)) == "usable"


def refusal(customer: str, coupon_id: str, now: datetime) -> Refusal:
    """Why somebody cannot use a coupon at this instant: CouponNotFound, CouponUsed, CouponVoid, CouponNotYet, CouponExpired."""
    row = table.get(Coupon, customer, coupon_id) if coupon_id.startswith(HELD) else None
    return unfit(row, now)


def page(
    customer: str, state: str, limit: int, cursor: str | None, now: datetime
) -> tuple[list[HeldCoupon], str | None]:
    """A page of somebody's coupons in a state, the newest template first, and the cursor of the next page. Each is looked
    at, so a page may be short and still have a next one."""
    found = list[HeldCoupon]()
    for _ in range(MOST_LOOKS):
        rows, cursor = table.query(
            Coupon, customer, begins=("c", HELD), limit=limit - len(found), cursor=cursor, newest_first=True
        )
        found += [one for one in _told(rows, now) if one.state == state]
        if cursor is None or len(found) == limit:
            break
    return found, cursor


def every(customer: str, now: datetime) -> list[HeldCoupon]:
    """All that somebody has or had."""
    return _told(list(table.every(Coupon, customer, begins=("c", HELD))), now)


def _told(rows: Sequence[Coupon], now: datetime) -> list[HeldCoupon]:
    whole, at = [row for row in rows if row.ends_at is not None], millis(now)
    known = templates.several((template_of(row.id) for row in whole), now)
    terms = templates.terms_of([(template_of(row.id), row.version) for row in whole], now)
    return list(_each(whole, known, terms, at))


def _each(
    rows: Iterable[Coupon],
    known: Mapping[str, templates.Sheet],
    terms: Mapping[tuple[str, int], Terms],
    at: int,
) -> Iterable[HeldCoupon]:
    for row in rows:
        template = template_of(row.id)
        sheet, said = known.get(template), terms.get((template, row.version))
        if sheet is not None and said is not None:
            state = _state(row, at, stopped=sheet.state == STOPPED)
            yield HeldCoupon(
                row.id, template, row.version, row.starts_at, row.ends_at, state, row.way, row.had_at, row.used_by, said
            )


def _state(row: Coupon, at: int, *, stopped: bool = False) -> str:
    if row.ends_at is None:
        return "void"
    return state_of(
        starts=millis(row.starts_at),
        ends=millis(row.ends_at),
        used=row.used_by is not None,
        void=stopped or row.void_at is not None,
        at=at,
    )


def forget(customer: str, work: Work) -> None:
    """Leave nothing of somebody's coupons: in which orders they stood, the orders themselves keep. Commits in stretches."""
    work.drop_all(Coupon, customer)
