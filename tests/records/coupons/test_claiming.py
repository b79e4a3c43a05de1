"""Claiming: never more than there are, never more than one may have, whatever was remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.coupons.model import Coupon, Shard
from chalicelib.records.coupons.rules import (
    ClaimNotForYou,
    ClaimNotOpen,
    CouponTemplateNotFound,
    CouponTemplateStateConflict,
    CouponTotalTooLow,
    StaleCouponTemplate,
)
from chalicelib.records.coupons.service import claims, held, templates
from chalicelib.runtime import table, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import AlreadyCommitted, Work
from tests.records.coupons.wallets import ANNA, BO, act, again, claim, fixed, opened, terms, told

pytestmark = pytest.mark.usefixtures("engine")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def left(template: str) -> int | None:
    return templates.counts(templates.find(template)).left


def people(count: int) -> list[Caller]:
    return [Caller(f"U{n}", "customer") for n in range(count)]


def test_a_claim_is_one_write_and_no_read_once_its_template_is_known(calls):
    template = opened()
    claim(template, BO)
    calls.clear()
    had = claim(template)
    assert calls == ["TransactWriteItems"]
    row = table.get(Coupon, ANNA.id, had.coupon_id, consistent=True)
    assert (row.version, row.way, row.ends_at) == (1, "claim", world.now() + 10 * DAY)
    assert left(template) == 98


def test_exactly_so_many_as_there_are_one_each(bus):
    template = opened(total=60)
    who = people(90)
    answers = [told(template, one) for one in who]
    assert answers.count("COUPON_GONE") == 30
    assert templates.counts(templates.find(template)).had["claim"] == 60
    assert sum(len(held.usable(one.id, world.now())) for one in who) == 60
    assert bus.run().count("coupon.claimed") == 60


def test_nobody_has_more_than_one_may():
    template = opened(per_person=3)
    assert again(template, ANNA, 4)[3] == "CLAIMED_ENOUGH"
    assert len(set(again(template, BO, 3))) == 3
    assert left(template) == 94


def test_a_day_has_its_own_limit(engine):
    template = opened(per_person=5, per_day=2)
    assert again(template, ANNA, 3)[2] == "CLAIMED_ENOUGH_TODAY"
    engine.advance(DAY)
    assert again(template, ANNA, 3)[2] == "CLAIMED_ENOUGH_TODAY"
    engine.advance(DAY)
    assert again(template, ANNA, 2)[1] == "CLAIMED_ENOUGH"


def test_the_same_claim_again_is_the_same_coupon():
    template = opened(per_person=3)
    first = claim(template, key="k")
    with pytest.raises(AlreadyCommitted) as again_:
        claim(template, key="k")
    assert first.coupon_id in (again_.value.reply or "")
    assert left(template) == 99


def test_what_is_closed_is_claimed_no_more_whatever_was_remembered():
    template = opened()
    claim(template, BO)
    remembered = templates.several([template], world.now())[template]
    act(templates.move, template, 2, "close")
    templates._sheets.put(template, templates._Remembered(int(world.now().timestamp() * 1000), (remembered,)))
    assert told(template) == "CLAIM_NOT_OPEN"
    act(templates.move, template, 3, "open")
    assert told(template).startswith(template)
    assert left(template) == 98


def test_who_claims_gets_the_terms_of_now_whatever_was_remembered():
    template = opened(use_days=10)
    remembered = templates.several([template], world.now())[template]
    act(templates.edit, template, 2, terms(use_days=3))
    templates._sheets.put(template, templates._Remembered(int(world.now().timestamp() * 1000), (remembered,)))
    claim(template)
    only = held.usable(ANNA.id, world.now())[0]
    assert (only.version, only.ends_at) == (2, world.now() + 3 * DAY)


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (timedelta(), "CLAIM_NOT_OPEN"),
        (HOUR, "U"),
        (2 * HOUR - timedelta(milliseconds=1), "U"),
        (2 * HOUR, "CLAIM_NOT_OPEN"),
    ],
)
def test_a_claim_window_includes_its_start_and_not_its_end(engine, shift, code):
    now = int(world.now().timestamp() * 1000)
    template = opened(claim_from=now + 3_600_000, claim_to=now + 7_200_000)
    engine.advance(shift)
    assert told(template) == (code if code != "U" else f"{template}00")


def test_nobody_claims_what_would_be_over_already(engine):
    template = opened(**fixed(timedelta(), HOUR))
    engine.advance(HOUR)
    with pytest.raises(ClaimNotOpen):
        claim(template)


def test_what_is_not_public_or_not_open_yet_is_not_there():
    with pytest.raises(CouponTemplateNotFound):
        claim(opened(public=False))
    with pytest.raises(CouponTemplateNotFound):
        claim(act(templates.add, terms()))
    with pytest.raises(CouponTemplateNotFound):
        claim("K01JZ0000000000000000000000")
    with pytest.raises(CouponTemplateNotFound):
        claim("nonsense")


def test_a_channel_or_a_level_keeps_others_out():
    template = opened(channels=("mini",))
    with pytest.raises(ClaimNotForYou):
        claim(template)
    assert claim(template, ANNA._replace(terminal="mini")).coupon_id
    with pytest.raises(ClaimNotForYou):
        claim(opened(levels=("gold",)))


def test_a_total_is_raised_and_lowered_but_not_below_what_was_had():
    template = opened(total=3)
    for one in people(3):
        claim(template, one)
    assert told(template, Caller("U9", "customer")) == "COUPON_GONE"
    act(templates.edit, template, 2, terms(total=5))
    assert [told(template, Caller(f"U{n}", "customer"))[:1] for n in (9, 10, 11)] == ["K", "K", "C"]
    with pytest.raises(CouponTotalTooLow):
        act(templates.edit, template, 3, terms(total=4))
    act(templates.edit, template, 3, terms(total=None))
    assert told(template, Caller("U12", "customer")).startswith("K")
    assert left(template) is None
    act(templates.edit, template, 4, terms(total=7))
    assert left(template) == 1


def test_two_changes_at_once_are_one():
    template = opened()
    work = Work(ANNA, "edit")
    templates.edit(template, 2, terms(total=50), work)
    act(templates.move, template, 2, "close")
    with pytest.raises(CommitRejected) as refused:
        work.commit()
    assert refused.value.only(StaleCouponTemplate)
    with pytest.raises(StaleCouponTemplate):
        act(templates.edit, template, 2, terms())


def test_what_is_stopped_or_discarded_stays_so():
    template = opened()
    act(templates.move, template, 2, "stop")
    for action in ("open", "close", "stop", "discard"):
        with pytest.raises(CouponTemplateStateConflict):
            act(templates.move, template, 3, action)
    with pytest.raises(CouponTemplateStateConflict):
        act(templates.edit, template, 3, terms())
    with pytest.raises(ClaimNotOpen):
        claim(template)
    draft = act(templates.add, terms())
    act(templates.move, draft, 1, "discard")
    with pytest.raises(CouponTemplateNotFound):
        claim(draft)


def test_a_shard_counts_every_way_and_is_never_below_nothing():
    template = opened(total=100)
    for one in people(10):
        claim(template, one)
    rows = [row for row in templates.shards_of(templates.find(template)) if row is not None]
    assert (len(rows), sum(row.had for row in rows)) == (4, 10)
    assert all(isinstance(row, Shard) and 0 <= row.left <= 25 for row in rows)


# ---- what somebody may claim ----------------------------------------------------------------------------------------
def may_claim(who=ANNA) -> dict[str, tuple[int, str]]:
    """Of each template how many somebody claimed, and the code of why they get no other one."""
    return {
        one.sheet.id: (one.claimed, one.refused.code if one.refused else "")
        for one in claims.claimable(who, world.now())
    }


def test_what_somebody_may_claim_is_told_in_one_read_once_templates_are_known(calls):
    one, two = opened(), opened(per_person=3, per_day=2)
    may_claim()
    calls.clear()
    assert may_claim() == {one: (0, ""), two: (0, "")}
    assert calls == ["BatchGetItem"]


def test_what_somebody_claimed_is_theirs_alone_and_counts_by_person_and_by_day(engine):
    one, two = opened(), opened(per_person=3, per_day=2)
    again(two, ANNA, 1)
    claim(one, BO)
    assert may_claim() == {one: (0, ""), two: (1, "")}
    assert may_claim(BO) == {one: (1, "CLAIMED_ENOUGH"), two: (0, "")}
    again(two, ANNA, 1)
    assert may_claim()[two] == (2, "CLAIMED_ENOUGH_TODAY")
    engine.advance(DAY)
    assert may_claim()[two] == (2, "")
    again(two, ANNA, 1)
    assert may_claim()[two] == (3, "CLAIMED_ENOUGH"), "the nearer reason is that there is no more for them at all"
    refused = {one.sheet.id: one.refused for one in claims.claimable(ANNA, world.now())}
    assert refused[two] is not None
    assert refused[two].params == {"most": 3}


def test_the_limit_a_day_is_told_with_its_number():
    two = opened(per_person=3, per_day=2)
    again(two, ANNA, 2)
    (told_of,) = claims.claimable(ANNA, world.now())
    assert told_of.sheet.id == two
    assert told_of.refused is not None
    assert told_of.refused.params == {"most": 2}


def test_before_its_time_and_for_others_it_is_shown_with_the_reason():
    later = opened(claim_from=int((world.now() + HOUR).timestamp() * 1000))
    mini = opened(channels=("mini",))
    assert may_claim() == {later: (0, "CLAIM_NOT_OPEN"), mini: (0, "CLAIM_NOT_FOR_YOU")}
    assert may_claim(Caller(ANNA.id, "customer", terminal="mini"))[mini] == (0, "")
