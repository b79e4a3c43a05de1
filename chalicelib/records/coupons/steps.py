"""The lines of transactions that change coupons and their templates.

What an order does with a coupon is one step: there is no locked state. A coupon that was gifted by an order that died is
void whether or not it was used: what another order took it for stays, and given back it cannot be used again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.kernel.clock import instant, millis
from chalicelib.kernel.errors import Refusal
from chalicelib.runtime import table
from chalicelib.runtime.table import Step, insert, update

from .model import (
    HEAD,
    NEWCOMER,
    NTH_ORDER,
    TALLY,
    ClaimDay,
    CodeShare,
    Coupon,
    CouponCode,
    CouponJob,
    CouponTemplate,
    GrantPart,
    NewcomerGuard,
    OnceBenefit,
    Shard,
    Tally,
    TemplateVersion,
    day_part,
    guard_of,
    part_of,
    shard_part,
    version_part,
)
from .rules import (
    GUARDED_DAYS,
    JOB,
    KEPT_MS,
    TEMPLATE,
    CouponCodesTooMany,
    CouponCodeTaken,
    CouponCodeUsed,
    CouponTaken,
    CouponUsedElsewhere,
    NewcomerBenefitTaken,
    NthBenefitTaken,
    StaleCouponJob,
    StaleCouponTemplate,
    Terms,
    gift_id,
    unfit,
)


# ---- for orders -----------------------------------------------------------------------------------------------------
def spend(customer: str, coupon_id: str, order_id: str, at: datetime) -> Step:
    """Use a coupon for an order, as of an instant: now, or when the order was placed.

    Its refusals: CouponNotFound, CouponUsed, CouponVoid, CouponNotYet, CouponExpired.
    """
    unused = Coupon.used_by.does_not_exist() & Coupon.void_at.does_not_exist()
    return update(
        Coupon,
        customer,
        coupon_id,
        actions=[Coupon.used_by.set(order_id), Coupon.used_at.set(at)],
        when=unused & (Coupon.starts_at <= at) & (Coupon.ends_at > at),
        otherwise=_unfit(at),
    )


def _unfit(at: datetime) -> Callable[[Coupon | None], Refusal]:
    return lambda old: unfit(old, at)


def give_back(customer: str, coupon_id: str, order_id: str) -> Step:
    """The order that used a coupon is given up: it may be used again until it ends, as before. Of a customer who was
    forgotten there is none. Its refusal: CouponUsedElsewhere."""
    return update(
        Coupon,
        customer,
        coupon_id,
        actions=[Coupon.used_by.remove(), Coupon.used_at.remove()],
        when=(Coupon.used_by == order_id) | Coupon.ends_at.does_not_exist(),
        otherwise=CouponUsedElsewhere(),
    )


def void_gifted(customer: str, order_id: str, templates: Sequence[str], at: datetime) -> list[Step]:
    """What an order had gifted dies with it: one of each template. Also what has not come yet: it will not."""
    return [
        update(Coupon, customer, gift_id(template, order_id), actions=[Coupon.void_at.set(at)])
        for template in templates
    ]


def take_benefit(customer: str, name: str, order_id: str) -> Step:
    """Have a benefit that one has once in this order and no other. Its refusal: NewcomerBenefitTaken, NthBenefitTaken."""
    return insert(OnceBenefit(customer, name, order=order_id), _taken(name))


def give_back_benefit(customer: str, name: str, order_id: str) -> Step:
    """The order with the benefit is given up: another one may have it. Its refusal: as `take_benefit`."""
    return table.delete(
        OnceBenefit,
        customer,
        name,
        when=(OnceBenefit.order == order_id) | OnceBenefit.order.does_not_exist(),
        otherwise=_taken(name),
    )


def _taken(name: str) -> Refusal:
    return NewcomerBenefitTaken() if name == NEWCOMER else NthBenefitTaken(nth=int(name.removeprefix(NTH_ORDER)))


# ---- giving out -----------------------------------------------------------------------------------------------------
def issue(customer: str, coupon_id: str, version: int, terms: Terms, way: str, at: datetime) -> Step:
    """A coupon for a customer, if they have none of this id. Its refusal: CouponTaken."""
    starts, ends = terms.window(millis(at))
    row = Coupon(
        customer,
        coupon_id,
        version=version,
        starts_at=instant(starts),
        ends_at=instant(ends),
        way=way,
        had_at=at,
    )
    if terms.claim_to is not None:
        row.expires = (max(ends, terms.claim_to) + KEPT_MS) // 1000
    return insert(row, CouponTaken())


def count_day(customer: str, template: str, day: str, number: int, at: datetime) -> Step:
    """It is the n-th of a template that a customer has on a day, from 0. Its refusal: CouponTaken."""
    return insert(
        ClaimDay(customer, day_part(template, day, number), expires=millis(at) // 1000 + 3 * 86_400), CouponTaken()
    )


def take(template: str, revision: int, shard: int, pieces: int, way: str, *, limited: bool) -> Step:
    """Take so many out of a shard of a template that is still of this revision. Its refusal: CouponTaken."""
    had = getattr(Shard, way)
    enough = Shard.left >= pieces if limited else Shard.left.does_not_exist()
    return update(
        Shard,
        template,
        shard_part(shard),
        actions=[had.add(pieces), *([Shard.left.add(-pieces)] if limited else [])],
        when=(Shard.revision == revision) & enough,
        otherwise=CouponTaken(),
    )


# ---- templates ------------------------------------------------------------------------------------------------------
def add_template(template: str, terms: str, by: str, at: datetime) -> list[Step]:
    """A new template, a draft, with the first version of its terms."""
    row = CouponTemplate(
        template, HEAD, state=TEMPLATE.initial, revision=1, version=1, terms=terms, changed_by=by, changed_at=at
    )
    return [insert(row, StaleCouponTemplate()), _keep(template, 1, terms)]


def edit_template(row: CouponTemplate, terms: str, by: str, at: datetime) -> list[Step]:
    """Other terms from now on, of a template that is as it was read."""
    version = row.version + 1
    edit = _change(row, by, at, CouponTemplate.terms.set(terms), CouponTemplate.version.set(version))
    return [edit, _keep(row.id, version, terms)]


def move_template(row: CouponTemplate, action: str, by: str, at: datetime, shards: int) -> Step:
    """Take a template along an edge of its states, as it was read; `shards` are those it has from then on."""
    return _change(row, by, at, CouponTemplate.state.set(TEMPLATE.target(action)), CouponTemplate.shards.set(shards))


def count_codes(template: str, more: int, most: int | None) -> Step:
    """Codes of a template may be redeemed so often more (at most `most`), in all no oftener than there are coupons. Its
    refusal: CouponCodesTooMany."""
    counting = [CouponTemplate.codes.add(more)]
    if most is None:
        return update(CouponTemplate, template, HEAD, actions=counting)
    room = CouponTemplate.codes.does_not_exist() | (CouponTemplate.codes <= most - more)
    return update(CouponTemplate, template, HEAD, actions=counting, when=room, otherwise=CouponCodesTooMany(most=most))


def _change(row: CouponTemplate, by: str, at: datetime, *actions: Any) -> Step:
    said = [
        CouponTemplate.revision.set(row.revision + 1),
        CouponTemplate.changed_by.set(by),
        CouponTemplate.changed_at.set(at),
    ]
    same = CouponTemplate.revision == row.revision
    return update(CouponTemplate, row.id, HEAD, actions=[*actions, *said], when=same, otherwise=StaleCouponTemplate())


def _keep(template: str, version: int, terms: str) -> Step:
    return insert(TemplateVersion(template, version_part(version), terms=terms), StaleCouponTemplate())


def add_shards(template: str, revision: int, lefts: Sequence[int | None]) -> list[Step]:
    """The rows in which a template is counted that opens for the first time."""
    return [
        insert(Shard(template, shard_part(i), revision=revision, left=left), StaleCouponTemplate())
        for i, left in enumerate(lefts)
    ]


def follow(template: str, seen: int, lefts: Mapping[int, tuple[int | None, int | None]]) -> list[Step]:
    """Every shard follows the head to its next revision; by shard what is left, before and from now on."""
    return [_follow(template, seen, shard, before, after) for shard, (before, after) in lefts.items()]


def _follow(template: str, seen: int, shard: int, before: int | None, after: int | None) -> Step:
    actions, when = [Shard.revision.set(seen + 1)], Shard.revision == seen
    if before != after:
        when &= Shard.left.does_not_exist() if before is None else Shard.left == before
        actions.append(Shard.left.remove() if after is None else Shard.left.set(after))
    return update(Shard, template, shard_part(shard), actions=actions, when=when, otherwise=StaleCouponTemplate())


def tally(template: str, **more: int) -> Step:
    """So many coupons of a template more were used, returned or paid with; or so many fen more."""
    return update(Tally, template, TALLY, actions=[getattr(Tally, name).add(by) for name, by in more.items()])


# ---- codes ----------------------------------------------------------------------------------------------------------
def add_codes(job: CouponJob, codes: Sequence[str]) -> list[Step]:
    """Codes of a job, each to be redeemed once."""
    rows = [CouponCode(code, HEAD, template=job.template, job=job.id) for code in codes]
    return [insert(row, CouponCodeTaken()) for row in rows]


def share_code(code: str, template: str, job: str, lefts: Sequence[int]) -> list[Step]:
    """A code that many may redeem, so often in all."""
    head = CouponCode(code, HEAD, template=template, job=job, shares=len(lefts))
    shares = [CodeShare(code, shard_part(i), left=left) for i, left in enumerate(lefts)]
    return [insert(row, CouponCodeTaken()) for row in (head, *shares)]


def use_code(code: str, at: datetime) -> Step:
    """Redeem a code that is redeemed once. Its refusal: CouponCodeUsed."""
    unused = CouponCode.template.exists() & CouponCode.used_at.does_not_exist()
    return update(CouponCode, code, HEAD, actions=[CouponCode.used_at.set(at)], when=unused, otherwise=CouponCodeUsed())


def use_share(code: str, share: int) -> Step:
    """Redeem a code that many redeem, once more. Its refusal: CouponTaken."""
    left = CodeShare.left
    return update(CodeShare, code, shard_part(share), actions=[left.add(-1)], when=left >= 1, otherwise=CouponTaken())


# ---- in bulk --------------------------------------------------------------------------------------------------------
def begin_job(job: CouponJob, parts: Sequence[GrantPart] = ()) -> list[Step]:
    """A job of a worker, with whom it is for."""
    return [insert(row, StaleCouponJob()) for row in (job, *parts)]


def start_job(job_id: str) -> Step:
    """A second person agreed. Its refusals: CouponJobNotFound, CouponJobStateConflict."""
    return update(
        CouponJob,
        job_id,
        HEAD,
        actions=[CouponJob.state.set(JOB.target("start"))],
        when=CouponJob.state.is_in(*JOB.sources("start")),
        otherwise=JOB.refusal,
    )


def finish_shared(job: CouponJob) -> Step:
    """A second person agreed to a code that many redeem, which is there with that. Its refusals: CouponJobNotFound,
    CouponJobStateConflict."""
    actions = [
        CouponJob.state.set(JOB.target("finish")),
        CouponJob.done.set(job.total),
        CouponJob.given.set(1),
    ]
    waits = CouponJob.state.is_in(*JOB.sources("start"))
    return update(CouponJob, job.id, HEAD, actions=actions, when=waits, otherwise=JOB.refusal)


def advance_job(job: CouponJob, pieces: int, given: int) -> Step:
    """So many more of a job are dealt with, as it was read; after the last it is done. Its refusal: StaleCouponJob."""
    over = job.done + pieces >= job.total
    finished = [CouponJob.state.set(JOB.target("finish"))] if over else []
    return update(
        CouponJob,
        job.id,
        HEAD,
        actions=[CouponJob.done.add(pieces), CouponJob.given.add(given), *finished],
        when=(CouponJob.done == job.done) & CouponJob.state.is_in(*JOB.sources("finish")),
        otherwise=StaleCouponJob(),
    )


def note_missed(job_id: str, first: int, missed: str) -> Step:
    """Who of a part was given nothing, and why."""
    return update(GrantPart, job_id, part_of(first), actions=[GrantPart.missed.set(missed)])


# ---- newcomers ------------------------------------------------------------------------------------------------------
def guard_newcomer(mark: str, at: datetime) -> Step:
    """Nobody else who is known by this mark is a newcomer. Its refusal: CouponTaken."""
    expires = millis(at) // 1000 + GUARDED_DAYS * 86_400
    return insert(NewcomerGuard(guard_of(mark), NEWCOMER, expires=expires), CouponTaken())
