"""What is made in bulk by a worker: how far it is, and who was given nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping

from chalicelib.kernel.ids import is_id
from chalicelib.runtime import table
from chalicelib.runtime.work import Work

from .. import steps
from ..events import CouponJobAsked, CouponJobDue
from ..model import HEAD, GrantPart
from ..model import CouponJob as CouponJob  # what reads answer
from ..rules import JOB, CouponJobNotFound, CouponJobStateConflict

CODES, CODE, GRANTS = "codes", "code", "grants"


def find(job_id: str, template_id: str | None = None) -> CouponJob:
    """A job as it stands, of this template. Raises CouponJobNotFound."""
    row = table.get(CouponJob, job_id, HEAD, consistent=True) if is_id(job_id, "B") else None
    if row is None or (template_id is not None and row.template != template_id):
        raise CouponJobNotFound()
    return row


def of_template(template_id: str, limit: int, cursor: str | None) -> tuple[list[CouponJob], str | None]:
    """A page of the jobs of a template, newest first, and the cursor of the next page."""
    return table.listed(
        CouponJob, template_id, index="of_template", hash_name="t", limit=limit, cursor=cursor, newest_first=True
    )


def missed(job_id: str, limit: int, cursor: str | None) -> tuple[list[tuple[str, str]], str | None]:
    """Whom a grant gave nothing, and why, by some parts of it; a page may be short and still have a next one."""
    parts, more = table.query(GrantPart, job_id, begins=("r", "part#"), limit=limit, cursor=cursor)
    told: list[Mapping[str, str]] = [json.loads(part.missed or "{}") for part in parts]
    return [pair for one in told for pair in one.items()], more


def begin(job: CouponJob, work: Work, *parts: GrantPart) -> None:
    """Keep a job, and have it done unless it waits for a second person."""
    work.add(*steps.begin_job(job, parts))
    work.publish(CouponJobAsked(job.id, job.template, job.kind, job.total))
    if job.state == JOB.target("start"):
        work.publish(CouponJobDue(job.id, job.kind))


def agree(job_id: str, work: Work) -> None:
    """A second person agreed: have it done. Raises CouponJobNotFound, CouponJobStateConflict."""
    job = find(job_id)
    if job.state != JOB.initial:
        raise CouponJobStateConflict(state=job.state)
    work.add(steps.start_job(job.id))
    work.publish(CouponJobDue(job.id, job.kind))
