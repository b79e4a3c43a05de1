"""Bugs of coupons: given out too often, used twice, and jobs that are done too much or not at all."""

from tests.hardening.proof.mutants import seeded

BUGS = [
    seeded(
        "coupons-spent-twice", "F19", "coupons.steps.spend",
        "Coupon.used_by.does_not_exist() & Coupon.void_at.does_not_exist()",
        "Coupon.void_at.does_not_exist()",
        "two orders have one coupon", "coupons.use",
    ),
    seeded(
        "coupons-given-back-by-anyone", "F19", "coupons.steps.give_back",
        "Coupon.used_by == order_id",
        "Coupon.used_by.exists()",
        "an order that is long closed takes another one's coupon", "coupons.use",
    ),
    seeded(
        "coupons-below-nothing", "F19", "coupons.steps.take",
        "Shard.left >= pieces",
        "Shard.left.exists()",
        "more are given out than there are", "coupons.claim",
    ),
    seeded(
        "coupons-claimed-when-closed", "F27", "coupons.steps.take",
        "(Shard.revision == revision) & enough",
        "enough",
        "what was remembered is given out, though it was closed", "coupons.claim",
    ),
    seeded(
        "coupons-total-set-blindly", "F19", "coupons.steps._follow",
        "Shard.left == before",
        "Shard.revision == seen",
        "an edit gives back what was claimed meanwhile", "coupons.edit",
    ),
    seeded(
        "coupons-uncounted", "F04", "coupons.service.claims.have",
        "work.add(steps.take(sheet.id, sheet.revision, spot.shard, 1, way, limited=terms.total is not None))",
        "pass",
        "a claim takes nothing off what is left", "coupons.claim",
    ),
    seeded(
        "codes-redeemed-twice", "F19", "coupons.steps.use_code",
        "CouponCode.template.exists() & CouponCode.used_at.does_not_exist()",
        "CouponCode.template.exists()",
        "a code that is redeemed once makes two coupons", "coupons.redeem",
    ),
    seeded(
        "codes-shared-without-end", "F19", "coupons.steps.use_share",
        "left >= 1",
        "left.exists()",
        "a code is redeemed more often than it may be", "coupons.redeem",
    ),
    seeded(
        "codes-left-half-made", "F30", "coupons.service.codes.make",
        "work.publish(CouponJobDue(job.id, job.kind))",
        "pass",
        "after its first stretch nobody goes on with a batch", "coupons.codes",
    ),
    seeded(
        "grants-counted-as-given", "F04", "coupons.service.grants._give_part",
        "steps.advance_job(job, len(customers), len(given))",
        "steps.advance_job(job, len(customers), len(customers))",
        "who has enough counts as given", "coupons.grant",
    ),
    seeded(
        "newcomers-unguarded", "F19", "coupons.service.newcomers._give_pack",
        "work.add(*(steps.guard_newcomer(mark, work.now) for mark in marks))",
        "pass",
        "the same device is a newcomer twice", "coupons.newcomer",
    ),
]  # fmt: skip
