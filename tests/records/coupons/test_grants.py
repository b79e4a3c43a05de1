"""Grants in bulk: one each, to who is there, and who cannot be given one is told of; beyond a limit two people decide."""

from __future__ import annotations

import pytest

from chalicelib.records.coupons.model import Coupon
from chalicelib.records.coupons.rules import CouponJobNotFound, CouponJobStateConflict, CouponTemplateNotFound
from chalicelib.records.coupons.service import codes, grants, jobs, templates
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.records.coupons.wallets import act, claim, opened, rows
from tests.support.doors import done

pytestmark = pytest.mark.usefixtures("engine")


def names(count: int) -> list[str]:
    return [f"U{n}" for n in range(count)]


def everybody(some):
    return set(some)


def give(job, there=everybody, **more) -> None:
    done(grants.give, job.id, there, **more)


def held() -> list[Coupon]:
    return [row for row in rows(Coupon) if row.id.startswith("K")]


def test_each_is_given_one_however_often_it_is_told(bus):
    template = opened(public=False)
    job = act(grants.ask, template, [*names(90), "U1"])
    assert (job.state, job.total) == ("running", 90)
    for _ in range(4):
        give(job, stretch=1)
    assert {row.customer for row in held()} == set(names(90))
    assert {row.way for row in held()} == {"grant"}
    told = jobs.find(job.id)
    assert (told.state, told.done, told.given) == ("done", 90, 90)
    assert templates.counts(templates.find(template)).had["grant"] == 90
    facts = bus.run()
    assert (facts.count("coupon.granted"), facts.count("coupon.job_done")) == (90, 1)


def test_who_is_not_there_or_has_it_is_told_of_and_holds_up_nobody():
    template = opened()
    claim(template, Caller("U1", "customer"))
    job = act(grants.ask, template, names(4))
    give(job, there=lambda some: set(some) - {"U3"})
    told = jobs.find(job.id)
    assert (told.state, told.done, told.given) == ("done", 4, 2)
    assert dict(jobs.missed(job.id, 9, None)[0]) == {"U1": "has_enough", "U3": "not_found"}


def test_what_is_gone_is_gone_for_grants_too():
    template = opened(public=False, total=50)
    job = act(grants.ask, template, names(60))
    give(job)
    assert (len(held()), jobs.find(job.id).given) == (50, 50)
    missed = dict(jobs.missed(job.id, 9, None)[0])
    assert (len(missed), set(missed.values())) == (10, {"gone"})


def test_another_grant_gives_another_coupon_as_far_as_one_may_have_them():
    template = opened(public=False, per_person=2)
    for expected in (3, 6, 6):
        give(act(grants.ask, template, names(3)))
        assert len(held()) == expected


def test_a_template_without_a_total_is_granted_and_a_closed_one_is_not():
    template = opened(public=False, total=None)
    give(act(grants.ask, template, names(45)))
    assert len(held()) == 45
    job = act(grants.ask, template, ["U99"])
    act(templates.move, template, 2, "close")
    give(job)
    assert jobs.missed(job.id, 9, None)[0] == [("U99", "not_given")]


def test_a_customer_who_claims_meanwhile_is_looked_at_again():
    template = opened()
    job = act(grants.ask, template, names(3))
    job = jobs.find(job.id)
    own = Work(Caller("granting.go_on", "worker"), "test")
    grants._give_part(job, names(3), set(names(3)), own)
    claim(template, Caller("U0", "customer"))
    give(job)
    assert sorted((row.customer, row.way) for row in held()) == [("U0", "claim"), ("U1", "grant"), ("U2", "grant")]
    assert jobs.missed(job.id, 9, None)[0] == [("U0", "has_enough")]


def test_beyond_a_limit_a_grant_waits_for_a_second_person(bus):
    template = opened(public=False)
    job = act(grants.ask, template, names(101))
    assert job.state == "waiting"
    give(job)
    assert held() == []
    assert grants.waiting(job.id) == {"template": template, "customers": 101, "state": "waiting", "asked_by": "A1"}
    assert "coupon.job_due" not in bus.run()
    act(jobs.agree, job.id)
    with pytest.raises(CouponJobStateConflict):
        act(jobs.agree, job.id)
    give(job)
    assert len(held()) == 100
    assert act(grants.ask, template, names(100)).state == "running"


def test_what_is_no_grant_is_not_agreed_to():
    template = opened(public=False)
    job = act(codes.ask_codes, template, 3)
    with pytest.raises(CouponJobNotFound):
        grants.waiting(job.id)
    for unknown in ("B01JZ0000000000000000000000", "nonsense"):
        with pytest.raises(CouponJobNotFound):
            jobs.find(unknown)
    with pytest.raises(CouponJobNotFound):
        jobs.find(job.id, "K01JZ0000000000000000000000")
    with pytest.raises(CouponTemplateNotFound):
        act(grants.ask, "K01JZ0000000000000000000000", names(2))


def test_jobs_of_a_template_are_listed():
    template, other = opened(public=False), opened(public=False)
    made = {act(grants.ask, template, names(2)).id, act(codes.ask_codes, template, 3).id}
    act(codes.ask_codes, other, 3)
    assert {one.id for one in jobs.of_template(template, 9, None)[0]} == made
