"""Coupons that orders gift: one of each template that the bill names, once the order is paid; dead when all its money went
back.

Guarantees: one an order and template, however often it is told; none for an order that died before its gift came.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chalicelib.kernel.clock import millis
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .. import steps
from ..events import CouponVoided
from ..model import Coupon
from ..rules import RACED, gift_id
from . import claims, templates
from .held import STOPPED
from .templates import Sheet

WAY = "gift"
LOOKS = 5
AS_OF = "#"  # between a template and its version


def giving(template_ids: Sequence[str], now: datetime) -> list[Sheet]:
    """Those of these templates that are given out now, as remembered for ten seconds at most."""
    known = templates.several(template_ids, now) if template_ids else {}
    return [sheet for sheet in known.values() if claims.given_now(sheet, millis(now))]


def promised(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """How an order keeps that it brings a coupon of each of these templates as they stand now."""
    return tuple(f"{sheet.id}{AS_OF}{sheet.version}" for sheet in sheets)


def give(customer: str, promises: Sequence[str], order_id: str, work: Work) -> None:
    """Give what a paid order gifts: what was promised then, or of a template alone what it says now, unless it was stopped or
    none is left. Commits each by itself, and looks again while others are faster."""
    for promise in promises:
        _give_one(customer, promise, order_id, work.separate())


def _give_one(customer: str, promise: str, order_id: str, work: Work) -> None:
    """Commits one gift."""
    work.attempts(LOOKS, partial(_give, customer, promise, order_id), *RACED)


def _give(customer: str, promise: str, order_id: str, work: Work) -> None:
    template, _, then = promise.partition(AS_OF)
    sheet, name = templates.find(template), gift_id(template, order_id)
    version = int(then or sheet.version)
    if sheet.state == STOPPED or table.get(Coupon, customer, name, consistent=True) is not None:
        return
    room = claims.room(sheet, templates.shards_of(sheet))
    if room:
        shard = room[claims.lot(sheet, customer) % len(room)]
        terms = templates.terms_of([(template, version)], work.now)[template, version]
        work.add(steps.issue(customer, name, version, terms, WAY, work.now))
        work.add(steps.take(sheet.id, sheet.revision, shard, 1, WAY, limited=sheet.terms.total is not None))
        claims.tell(customer, name, WAY, terms, work)


def void(customer: str, promises: Sequence[str], order_id: str, work: Work) -> None:
    """All money of the order went back: what it gifted dies with it, but for what another order used it for already."""
    template_ids = [promise.partition(AS_OF)[0] for promise in promises]
    work.add(*steps.void_gifted(customer, order_id, template_ids, work.now))
    for template in template_ids:
        work.publish(CouponVoided(customer, gift_id(template, order_id), order_id))
