"""Codes: exactly as many as were asked for, each redeemed as often as it may be, whoever is told twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.coupons import rules, steps
from chalicelib.records.coupons.model import CouponCode, CouponJob
from chalicelib.records.coupons.service import codes, gifts, grants, held, jobs, templates
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.coupons.wallets import ANNA, BO, OPERATOR, ORDER, act, opened, redeemed, rows, terms
from tests.support.doors import done

pytestmark = pytest.mark.usefixtures("engine")


def batch(template: str, pieces: int) -> CouponJob:
    job = act(codes.ask_codes, template, pieces)
    done(codes.make, job.id)
    return jobs.find(job.id)


def made() -> list[CouponCode]:
    return rows(CouponCode)


def test_a_batch_is_exactly_so_many_different_codes_of_sixty_bits_and_more(bus):
    job = batch(opened(public=False, total=500), 200)
    assert (job.state, job.done, job.given) == ("done", 200, 200)
    names = {row.code for row in made()}
    assert len(names) == 200
    assert {len(name) for name in names} == {13}
    assert 5 * 13 >= 60
    assert set("".join(names)) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert bus.run().count("coupon.job_done") == 1


def test_codes_of_other_seeds_have_nothing_in_common():
    one, other = ({rules.code_of(seed, n) for n in range(500)} for seed in (b"a" * 32, b"b" * 32))
    assert len(one | other) == 1000


def test_a_job_that_is_told_again_or_cut_short_goes_on_where_it_stopped(bus):
    job = act(codes.ask_codes, opened(public=False, total=500), 250)
    done(codes.make, job.id, stretch=1)
    assert (jobs.find(job.id).done, len(made())) == (90, 90)
    done(codes.make, job.id, stretch=1)
    done(codes.make, job.id)
    done(codes.make, job.id)
    assert (jobs.find(job.id).done, len(made())) == (250, 250)
    assert bus.run(3).count("coupon.job_done") == 1
    assert len(made()) == 250


def test_of_two_workers_at_one_batch_each_lot_is_made_once():
    job = act(codes.ask_codes, opened(public=False, total=500), 180)
    seen, work = jobs.find(job.id), Work(OPERATOR, "test")
    codes._make_lot(seen, 90, work)
    with pytest.raises(CommitRejected) as refused:
        codes._make_lot(seen, 90, Work(OPERATOR, "test"))
    assert refused.value.some(rules.StaleCouponJob)
    assert len(made()) == 90


def test_a_code_is_redeemed_once_however_it_is_typed():
    template = opened(public=False)
    job = batch(template, 3)
    code = codes.listed(job, 0, 1)[0].code
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert redeemed(typed) == f"{template}00"
    assert redeemed(code, BO) == "COUPON_CODE_USED" == redeemed(code)
    assert [one.used_at is not None for one in codes.listed(job, 0, 9)] == [True, False, False]
    assert templates.counts(templates.find(template)).had["code"] == 1


def test_two_at_once_with_one_code_are_one():
    job = batch(opened(public=False), 1)
    code = codes.listed(job, 0, 1)[0].code
    first, second = Work(ANNA, "redeem"), Work(BO, "redeem")
    codes.redeem(code, first)
    codes.redeem(code, second)
    first.commit()
    with pytest.raises(CommitRejected) as refused:
        second.commit()
    assert [reason.code for reason in refused.value.reasons] == ["COUPON_CODE_USED"]
    assert held.usable(BO.id, world.now()) == []


@pytest.mark.parametrize("wrong", ["", "-", "AAAA-AAAA-AAAAA", "満", "x" * 40])
def test_what_is_no_code_is_none(wrong):
    assert redeemed(wrong) == "COUPON_CODE_WRONG"


def test_a_code_that_many_redeem_is_redeemed_exactly_so_often():
    template = opened(public=False, total=None)
    act(codes.share, template, "Summer-2O26", 60)
    told = [redeemed("summer 2026", Caller(f"U{n}", "customer")) for n in range(70)]
    assert told.count("COUPON_CODE_GONE") == 10
    assert told.count(f"{template}00") == 60
    with pytest.raises(CommitRejected):
        act(codes.share, template, "SUMMER2026", 5)


def test_who_has_enough_of_a_template_redeems_no_more_and_the_code_stays():
    template = opened(public=False)
    job = batch(template, 2)
    first, second = (one.code for one in codes.listed(job, 0, 2))
    assert redeemed(first) == f"{template}00"
    assert redeemed(second) == "CLAIMED_ENOUGH"
    assert redeemed(second, BO) == f"{template}00"


def test_what_is_closed_or_gone_leaves_the_code_as_it_was():
    template = opened(public=False, total=2)
    first, second = (codes.listed(batch(template, 1), 0, 1)[0].code for _ in range(2))
    redeemed(first)
    gifts.give("U9", [template], ORDER, Work(OPERATOR, "test"))
    assert redeemed(second, BO) == "COUPON_GONE"
    act(templates.edit, template, 2, terms(public=False, total=5))
    act(templates.move, template, 3, "close")
    assert redeemed(second, BO) == "CLAIM_NOT_OPEN"
    act(templates.move, template, 4, "open")
    assert redeemed(second, BO) == f"{template}00"


def test_codes_are_listed_and_taken_along_with_what_became_of_them(bus):
    job = batch(opened(public=False, total=500), 120)
    assert [len(codes.listed(job, first, 50)) for first in (0, 50, 100, 120)] == [50, 50, 20, 0]
    bus.run()
    assert len(act(codes.take_along, job, 100, 50)) == 20
    assert bus.run() == ["coupon.codes_exported"]


def test_a_code_used_up_says_so_to_who_looks_again():
    template = opened(public=False)
    act(codes.share, template, "ONCE", 1)
    assert redeemed("once") == f"{template}00"
    assert redeemed("once", BO) == "COUPON_CODE_GONE"


def test_using_a_code_that_is_not_there_makes_none(engine):
    work = Work(ANNA, "test")
    work.add(steps.use_code("NOTTHERE", world.now() + timedelta(days=1)))
    with pytest.raises(CommitRejected):
        work.commit()
    assert made() == []


# ---- beyond what one person decides ---------------------------------------------------------------------------------
def test_beyond_a_limit_codes_wait_for_a_second_person_and_take_no_room_meanwhile(bus):
    template = opened(public=False, total=1500)
    job = act(codes.ask_codes, template, 1001)
    assert job.state == "waiting"
    done(codes.make, job.id)
    assert made() == []
    assert codes.waiting(job.id) == {"template": template, "pieces": 1001, "state": "waiting", "asked_by": OPERATOR.id}
    assert "coupon.job_due" not in bus.run()
    assert batch(template, 1000).state == "done"
    with pytest.raises(CommitRejected, match="COUPON_CODES_TOO_MANY"):
        act(codes.agree, job.id)
    assert jobs.find(job.id).state == "waiting"


def test_what_a_second_person_agreed_to_is_made_once(bus):
    template = opened(public=False, total=2000)
    job = act(codes.ask_codes, template, 1001)
    act(codes.agree, job.id)
    done(codes.make, job.id)
    assert (jobs.find(job.id).state, len(made())) == ("done", 1001)
    with pytest.raises(rules.CouponJobStateConflict):
        act(codes.agree, job.id)


def test_a_code_for_very_many_is_there_once_two_agreed_and_not_before():
    template = opened(public=False, total=None)
    job = act(codes.share, template, "SUMMER-26", 1001)
    assert (job.state, codes.waiting(job.id)["code"]) == ("waiting", "SUMMER-26")
    assert redeemed("summer26", ANNA) == "COUPON_CODE_WRONG"
    act(codes.agree, job.id)
    found = jobs.find(job.id)
    assert (found.state, found.done, found.given) == ("done", 1001, 1)
    assert template in redeemed("summer26", ANNA)
    with pytest.raises(CommitRejected, match="COUPON_JOB_STATE_CONFLICT"):
        act(codes.agree, job.id)
    other = act(codes.share, template, "SUMMER-26", 2000)
    with pytest.raises(CommitRejected, match="COUPON_CODE_TAKEN"):
        act(codes.agree, other.id)


def test_codes_of_a_template_that_was_closed_meanwhile_are_not_agreed_to_and_a_grant_is_no_codes():
    template = opened(public=False, total=None)
    job = act(codes.ask_codes, template, 5000)
    act(templates.move, template, templates.find(template).revision, "close")
    with pytest.raises(rules.CouponTemplateStateConflict):
        act(codes.agree, job.id)
    grant = act(grants.ask, opened(public=False), ["U1"])
    with pytest.raises(rules.CouponJobNotFound):
        codes.waiting(grant.id)


@pytest.mark.parametrize("window", ["claim_to", "use.ends_at"])
def test_no_codes_are_made_that_nobody_could_redeem_any_more(clock, window):
    soon = millis(world.now() + timedelta(hours=1))
    fixed = (
        {"use_days": None, "use_from": millis(world.now()), "use_to": soon}
        if window != "claim_to"
        else {"claim_to": soon}
    )
    template = opened(public=False, total=None, **fixed)
    waits = act(codes.ask_codes, template, 1001)
    clock.advance(timedelta(hours=1))
    for ask in (lambda: act(codes.ask_codes, template, 1), lambda: act(codes.share, template, "LATE-26", 1),
                lambda: act(codes.agree, waits.id)):  # fmt: skip
        with pytest.raises(rules.CouponClaimsOver) as over:
            ask()
        assert over.value.at == window
