"""Coupons given to a list of customers by a worker, part by part; beyond a setting only when a second person agrees.

Guarantees: each is given one at most by a grant, however often its worker is told or dies; who cannot be given one (nobody
is there, they have enough, none is left) is told of and holds up nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Any

from chalicelib.kernel.errors import CommitRejected
from chalicelib.runtime import settings, table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import steps
from ..events import CouponJobDone, CouponJobDue
from ..model import HEAD, Coupon, CouponJob, GrantPart, part_of
from ..rules import GRANTED_AT_ONCE, JOB, RACED, CouponJobNotFound, coupon_id
from . import claims, jobs, templates
from .templates import OPEN, Sheet

ALONE = settings.declare("COUPON_GRANT_ALONE", "100", "customers to whom one person alone may grant a coupon at once")
STRETCH = 5  # parts of one delivery
WAY = "grant"


def ask(template_id: str, customers: Iterable[str], work: Work) -> CouponJob:
    """Have these customers given a coupon each; of more than one person alone may, it waits for a second one.

    Raises CouponTemplateNotFound, CouponTemplateStateConflict.
    """
    sheet, wanted = templates.find(template_id), list(dict.fromkeys(customers))
    templates.require_open(sheet)
    alone = len(wanted) <= settings.number(ALONE)
    job = CouponJob(
        work.new_id("B"),
        HEAD,
        template=sheet.id,
        kind=jobs.GRANTS,
        state=JOB.target("start") if alone else JOB.initial,
        total=len(wanted),
        done=0,
        given=0,
        begun_by=work.caller.id,
        begun_at=work.now,
    )
    lots = range(0, len(wanted), GRANTED_AT_ONCE)
    parts = [
        GrantPart(job.id, part_of(first), customers=json.dumps(wanted[first : first + GRANTED_AT_ONCE]))
        for first in lots
    ]
    jobs.begin(job, work, *parts)
    return job


def waiting(job_id: str) -> dict[str, Any]:
    """What a second person agrees to. Raises CouponJobNotFound."""
    job = jobs.find(job_id)
    if job.kind != jobs.GRANTS:
        raise CouponJobNotFound()
    return {"template": job.template, "customers": job.total, "state": job.state, "asked_by": job.begun_by}


def give(
    job_id: str, standing: Callable[[Sequence[str]], Collection[str]], work: Work, *, stretch: int = STRETCH
) -> None:
    """Give the next parts of a grant, each in a transaction of its own; `standing` says who of them is there. Commits; who
    is told twice finds it done, and who was slower looks again."""
    job = jobs.find(job_id)
    for _ in range(stretch):
        if job.state != JOB.target("start"):
            return
        part = table.get(GrantPart, job.id, part_of(job.done), consistent=True)
        customers: list[str] = json.loads(part.customers) if part is not None else []
        there = standing(customers)
        with suppress(CommitRejected):  # somebody else gave them
            _give_lot(job, customers, there, work.separate())
        job = jobs.find(job_id)
    if job.state == JOB.target("start"):
        work.publish(CouponJobDue(job.id, job.kind))


def _give_lot(job: CouponJob, customers: Sequence[str], there: Collection[str], work: Work) -> None:
    """Commits a part of a grant, and looks again while its customers or others are faster."""
    work.attempts(5, lambda own: _give_part(job, customers, there, own), *RACED)


def _give_part(job: CouponJob, customers: Sequence[str], there: Collection[str], work: Work) -> None:
    sheet = templates.find(job.template)
    free, missed = _free(sheet, [one for one in customers if one in there])
    missed |= dict.fromkeys((one for one in customers if one not in there), "not_found")
    if sheet.state != OPEN:
        missed |= dict.fromkeys(free, "not_given")
        free = {}
    rooms = _rooms(sheet, len(free))
    given = list(free.items())[: sum(rooms.values())]
    missed |= dict.fromkeys(list(free)[len(given) :], "gone")

    for customer, slot in given:
        name = coupon_id(sheet.id, slot)
        work.add(steps.issue(customer, name, sheet.version, sheet.terms, WAY, work.now))
        claims.tell(customer, name, WAY, sheet.terms, work)
    limited = sheet.terms.total is not None
    work.add(
        *(steps.take(sheet.id, sheet.revision, shard, pieces, WAY, limited=limited) for shard, pieces in rooms.items())
    )
    work.add(steps.advance_job(job, len(customers), len(given)))
    if missed:
        work.add(steps.note_missed(job.id, job.done, json.dumps(missed)))
    if job.done + len(customers) == job.total:
        work.publish(CouponJobDone(job.id, job.template, job.given + len(given)))


def _free(sheet: Sheet, customers: Sequence[str]) -> tuple[dict[str, int], dict[str, str]]:
    """The next slot of each customer, and of those who have enough, that they have."""
    most = sheet.terms.per_person
    rows = iter(
        table.batch(
            [Key(Coupon, one, coupon_id(sheet.id, slot)) for one in customers for slot in range(most)], consistent=True
        )
    )
    slots = {
        one: next((slot for slot, row in enumerate([next(rows) for _ in range(most)]) if row is None), None)
        for one in customers
    }
    free = {one: slot for one, slot in slots.items() if slot is not None}
    return free, {one: "has_enough" for one, slot in slots.items() if slot is None}


def _rooms(sheet: Sheet, pieces: int) -> dict[int, int]:
    """How many are taken from which shard, so that all are, or all there are."""
    if not pieces:
        return {}
    if sheet.terms.total is None:
        return {pieces % sheet.shards: pieces}
    taken = dict[int, int]()
    for i, row in enumerate(templates.shards_of(sheet)):
        if row is not None and (here := min(pieces, row.left or 0)):
            taken[i], pieces = here, pieces - here
    return taken
