"""Codes: one that many redeem, or many that are redeemed once each; made by a worker, turned into coupons by customers.

Guarantees: of a batch exactly as many as were asked for, however often its worker is told or dies; a code that is redeemed
once is one coupon, one that many redeem as many as it may; whoever guesses meets 65 bits and the limit of the door.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from zlib import crc32

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.runtime import settings, table, world
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import rules, steps
from ..events import CouponCodesExported, CouponJobAsked, CouponJobDone, CouponJobDue
from ..model import HEAD, CodeShare, CouponCode, CouponJob, shard_part
from ..rules import (
    CODES_AT_ONCE,
    JOB,
    CouponClaimsOver,
    CouponCodeGone,
    CouponCodesTooMany,
    CouponCodeUsed,
    CouponCodeWrong,
    CouponJobNotFound,
    code_key,
    code_of,
    shown,
)
from . import claims, jobs, templates
from .claims import Had

ALONE = settings.declare(
    "COUPON_CODES_ALONE", "1000", "codes, or redemptions of one code, that one person alone may have made at once"
)
SEED_BYTES = 32
STRETCH = 20  # transactions of one delivery


class ListedCode(NamedTuple):
    """A code as people read it, and when it was redeemed."""

    code: str
    used_at: datetime | None


# ---- for the shop ---------------------------------------------------------------------------------------------------
def ask_codes(template_id: str, pieces: int, work: Work) -> CouponJob:
    """Have so many codes made, to be redeemed once each; of more than one person alone may, it waits for a second one.

    Raises CouponTemplateNotFound, CouponTemplateStateConflict, CouponClaimsOver; its refusal: CouponCodesTooMany.
    """
    seed = world.current().entropy(SEED_BYTES)
    job = _job(template_id, jobs.CODES, pieces, work, seed=seed)
    jobs.begin(job, work)
    return job


def share(template_id: str, code: str, times: int, work: Work) -> CouponJob:
    """A code that many redeem, so often in all; for more than one person alone may, it waits for a second one.

    Raises as `ask_codes`; its refusals: CouponCodesTooMany, CouponCodeTaken.
    """
    job = _job(template_id, jobs.CODE, times, work, code=code)
    if job.state == JOB.initial:
        jobs.begin(job, work)
        return job
    job.state, job.done, job.given = JOB.target("finish"), times, 1
    work.add(*steps.begin_job(job), *steps.share_code(code_key(job.code), job.template, job.id, _shares(job)))
    work.publish(CouponJobAsked(job.id, template_id, jobs.CODE, times))
    return job


def _shares(job: CouponJob) -> list[int]:
    return rules.spread(job.total, rules.shards(job.total))


def waiting(job_id: str) -> dict[str, Any]:
    """What a second person agrees to. Raises CouponJobNotFound."""
    job = jobs.find(job_id)
    if job.kind not in (jobs.CODES, jobs.CODE):
        raise CouponJobNotFound()
    told = {"template": job.template, "pieces": job.total, "state": job.state, "asked_by": job.begun_by}
    return told | ({"code": job.code} if job.code else {})


def agree(job_id: str, work: Work) -> None:
    """A second person agreed: have them made, as far as the template is still open and has room for them.

    Raises CouponJobNotFound, CouponJobStateConflict, CouponTemplateStateConflict, CouponClaimsOver; its refusals:
    CouponCodesTooMany, CouponCodeTaken.
    """
    job = jobs.find(job_id)
    sheet = templates.find(job.template)
    _require_redeemable(sheet, work)
    work.add(steps.count_codes(sheet.id, job.total, sheet.terms.total))
    if job.kind == jobs.CODES:
        jobs.agree(job.id, work)
        return
    work.add(steps.finish_shared(job), *steps.share_code(code_key(job.code), job.template, job.id, _shares(job)))


def _job(template_id: str, kind: str, total: int, work: Work, **more: Any) -> CouponJob:
    sheet = templates.find(template_id)
    _require_redeemable(sheet, work)
    if sheet.terms.total is not None and total > sheet.terms.total:
        raise CouponCodesTooMany(most=sheet.terms.total)
    alone = total <= settings.number(ALONE)
    if alone:
        work.add(steps.count_codes(template_id, total, sheet.terms.total))
    return CouponJob(
        work.new_id("B"),
        HEAD,
        template=template_id,
        kind=kind,
        state=JOB.target("start") if alone else JOB.initial,
        total=total,
        done=0,
        given=0,
        begun_by=work.caller.id,
        begun_at=work.now,
        **more,
    )


def _require_redeemable(sheet: templates.Sheet, work: Work) -> None:
    """Raises CouponTemplateStateConflict, and CouponClaimsOver where nobody could redeem a code any more."""
    templates.require_open(sheet)
    at, terms = millis(work.now), sheet.terms
    if terms.claim_to is not None and at >= terms.claim_to:
        raise CouponClaimsOver(at="claim_to")
    if terms.use_to is not None and at >= terms.use_to:
        raise CouponClaimsOver(at="use.ends_at")


def make(job_id: str, work: Work, *, stretch: int = STRETCH, lot: int = CODES_AT_ONCE) -> None:
    """Make the next codes of a batch, each lot in a transaction of its own that goes on where the last one stopped.
    Commits; who is told twice finds it done, and who was slower looks again."""
    job = jobs.find(job_id)
    for _ in range(stretch):
        if job.state != JOB.target("start"):
            return
        with suppress(CommitRejected):  # somebody else made them
            _make_lot(job, lot, work.separate())
        job = jobs.find(job_id)
    if job.state == JOB.target("start"):
        work.publish(CouponJobDue(job.id, job.kind))


def _make_lot(job: CouponJob, lot: int, work: Work) -> None:
    """Commits the next codes of a job as it was read."""
    end = min(job.total, job.done + lot)
    codes = [code_of(job.seed, number) for number in range(job.done, end)]
    work.add(*steps.add_codes(job, codes), steps.advance_job(job, len(codes), len(codes)))
    if end == job.total:
        work.publish(CouponJobDone(job.id, job.template, job.total))
    work.commit()


def listed(job: CouponJob, first: int, most: int) -> list[ListedCode]:
    """So many codes of a batch from a number on, of those that are made."""
    if job.kind != jobs.CODES:
        return []
    codes = [code_of(job.seed, number) for number in range(first, min(job.done, first + most))]
    rows = table.batch([Key(CouponCode, code, HEAD) for code in codes])
    return [ListedCode(shown(row.code), row.used_at) for row in rows if row is not None]


def take_along(job: CouponJob, first: int, most: int, work: Work) -> list[ListedCode]:
    """The same, to be taken along, which is on record."""
    found = listed(job, first, most)
    work.publish(CouponCodesExported(job.id, first, len(found)))
    return found


# ---- for customers --------------------------------------------------------------------------------------------------
def redeem(text: str, work: Work) -> Had:
    """Turn a code into a coupon of the caller's. The door looks again while its refusals are RACED.

    Raises CouponCodeWrong, CouponCodeUsed, CouponCodeGone, and as `claims.have`.
    """
    code = code_key(text)
    row = table.get(CouponCode, code, HEAD, consistent=True) if code else None
    if row is None or row.template is None:
        raise CouponCodeWrong()
    if row.used_at is not None:
        raise CouponCodeUsed()

    told = claims.have(claims.look(row.template, work), "code", work)
    work.add(steps.use_share(code, _share(row, work)) if row.shares else steps.use_code(code, work.now))
    return told


def _share(row: CouponCode, work: Work) -> int:
    """In which part a redemption is counted: by lot, and for who looks again in one that has something left."""
    lot = crc32(work.caller.id.encode())
    if not work.look:
        return int(lot % row.shares)
    parts: Sequence[CodeShare | None] = table.batch(
        [Key(CodeShare, row.code, shard_part(i)) for i in range(row.shares)], consistent=True
    )
    full = [i for i, part in enumerate(parts) if part is not None and (part.left or 0) > 0]
    if not full:
        raise CouponCodeGone()
    return full[lot % len(full)]
