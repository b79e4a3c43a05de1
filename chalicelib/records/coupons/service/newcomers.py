"""The pack for newcomers: every template that is marked for them, once to everybody who registers.

Guarantees: once a person, however often the fact is told; who is known by a mark (of a phone, a WeChat id, a device) by
which somebody had it before has none.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.kernel.clock import millis
from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import steps
from ..model import NEWCOMER, Coupon, NewcomerGuard, guard_of
from ..rules import RACED, coupon_id
from . import claims, templates
from .templates import Sheet

WAY = "newcomer"
LOOKS = 5
MOST = 20  # templates of a pack, in one transaction


def welcome(customer: str, marks: Sequence[str], work: Work) -> None:
    """Give somebody who registered the pack, unless they had it. Commits, and looks again while others are faster."""
    work.attempts(LOOKS, lambda own: _give_pack(customer, marks, own), *RACED)


def _give_pack(customer: str, marks: Sequence[str], work: Work) -> None:
    given_out = templates.every(templates.OPEN) if work.look else templates.offered(work.now)
    pack = [one for one in given_out if _in_pack(one, work)][:MOST]
    guards = [Key(NewcomerGuard, guard_of(mark), NEWCOMER) for mark in marks]
    owned = [Key(Coupon, customer, coupon_id(one.id, 0)) for one in pack]
    found = table.batch([*guards, *owned], consistent=True)
    known, had = found[: len(guards)], found[len(guards) :]
    given = list[Sheet]() if any(known) else [one for one, row in zip(pack, had, strict=True) if row is None]

    for sheet in given:
        room = claims.room(sheet, templates.shards_of(sheet))
        if room:
            name, limited = coupon_id(sheet.id, 0), sheet.terms.total is not None
            shard = room[claims.lot(sheet, customer) % len(room)]
            work.add(steps.issue(customer, name, sheet.version, sheet.terms, WAY, work.now))
            work.add(steps.take(sheet.id, sheet.revision, shard, 1, WAY, limited=limited))
            claims.tell(customer, name, WAY, sheet.terms, work)
    if work.pending:
        work.add(*(steps.guard_newcomer(mark, work.now) for mark in marks))


def _in_pack(sheet: Sheet, work: Work) -> bool:
    return sheet.terms.newcomer and sheet.terms.window(millis(work.now))[1] > millis(work.now)
