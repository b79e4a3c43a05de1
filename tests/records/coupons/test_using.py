"""What an order does with a coupon: used once, given back with its own end, void with the order that gifted it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.records.coupons import service, steps
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.coupons.rules import CouponUsed, gift_id, state_of
from chalicelib.records.coupons.service import gifts, templates
from chalicelib.runtime import table, world
from chalicelib.runtime.work import AlreadyCommitted, Work
from tests.records.coupons.wallets import ANNA, BO, DOCUMENT, ORDER, OTHER, act, claim, fixed, opened, terms
from tests.support.doors import done

pytestmark = pytest.mark.usefixtures("engine")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def write(*lines) -> list[str]:
    """Commit these steps; the codes of what refused them."""
    work = Work(ANNA, "test")
    work.add(*lines)
    try:
        work.commit()
    except CommitRejected as refused:
        return [reason.code for reason in refused.reasons]
    return []


def spend(name: str, order: str = ORDER, at=None, who: str = ANNA.id) -> list[str]:
    return write(steps.spend(who, name, order, at or world.now()))


def usable(who: str = ANNA.id) -> list[str]:
    return [one.id for one in service.usable(who, world.now())]


def test_a_coupon_is_used_once_and_given_back_by_the_order_that_used_it_alone():
    name = claim(opened()).coupon_id
    assert spend(name) == []
    row = table.get(Coupon, ANNA.id, name, consistent=True)
    assert (row.used_by, row.used_at) == (ORDER, world.now())
    assert spend(name, OTHER) == ["COUPON_USED"] == spend(name)
    assert usable() == []
    assert write(steps.give_back(ANNA.id, name, OTHER)) == ["COUPON_USED_ELSEWHERE"]
    assert write(steps.give_back(ANNA.id, name, ORDER)) == []
    assert usable() == [name]
    assert spend(name, OTHER) == []
    assert write(steps.give_back(ANNA.id, name, ORDER)) == ["COUPON_USED_ELSEWHERE"]


def test_a_coupon_of_somebody_else_is_none():
    name = claim(opened()).coupon_id
    assert spend(name, who=BO.id) == ["COUPON_NOT_FOUND"]
    assert table.get(Coupon, BO.id, name) is None


def test_a_window_includes_its_start_and_not_its_end(engine):
    name = claim(opened(**fixed(HOUR, 2 * HOUR))).coupon_id
    begin = world.now() + HOUR
    short = timedelta(milliseconds=1)
    assert spend(name, at=begin - short) == ["COUPON_NOT_YET"]
    assert spend(name, at=begin + HOUR) == ["COUPON_EXPIRED"]
    assert spend(name, at=begin) == []
    write(steps.give_back(ANNA.id, name, ORDER))
    assert spend(name, at=begin + HOUR - short) == []


def test_what_comes_back_after_its_end_is_expired_at_once_r010(engine):
    """R010: validity is judged at use, by no job."""
    name = claim(opened(use_days=1)).coupon_id
    spend(name)
    engine.advance(DAY)
    assert write(steps.give_back(ANNA.id, name, ORDER)) == []
    assert usable() == []
    assert spend(name, OTHER) == ["COUPON_EXPIRED"]
    placed_at = world.now() - HOUR
    assert spend(name, ORDER, at=placed_at) == [], "revived: judged as of when the order was placed"


def test_one_order_of_two_has_a_coupon_r001():
    """R001, R004, R006: the write decides, not what the quote saw."""
    name = claim(opened()).coupon_id
    works = [Work(ANNA, "place"), Work(ANNA, "place")]
    for order, work in zip((ORDER, OTHER), works, strict=True):
        service.spend(ANNA.id, [name], order, work)
    works[0].commit()
    with pytest.raises(CommitRejected) as refused:
        works[1].commit()
    assert [reason.code for reason in refused.value.reasons] == ["COUPON_USED"]
    assert table.get(Coupon, ANNA.id, name, consistent=True).used_by == ORDER


def test_of_twenty_orders_that_were_quoted_with_one_coupon_one_has_it_r002():
    """R002, R006: seen by twenty quotes, consumed by the one order that is placed first."""
    name = claim(opened()).coupon_id
    works = [Work(ANNA, "place") for _ in range(20)]
    for number, work in enumerate(works):
        service.spend(ANNA.id, [name], f"{ORDER[:-2]}{number:02d}", work)
    works[0].commit()
    for work in works[1:]:
        with pytest.raises(CommitRejected) as told:
            work.commit()
        assert told.value.only(CouponUsed)


def test_the_same_order_sent_twice_uses_its_coupon_once_r003():
    """R003: whoever comes second with the same order is answered with the first one's, and nothing is given back."""
    name = claim(opened()).coupon_id
    works = [Work(ANNA, "place", key=ORDER, fingerprint="same") for _ in range(2)]
    for work in works:
        service.spend(ANNA.id, [name], ORDER, work)
    works[0].commit("placed")
    with pytest.raises(AlreadyCommitted):
        works[1].commit("placed")
    assert table.get(Coupon, ANNA.id, name, consistent=True).used_by == ORDER


def test_what_an_order_gifted_dies_with_it_used_or_not_yet_there():
    template = opened(public=False)
    sheet = templates.find(template)
    name = gift_id(template, ORDER)
    issue = lambda: write(steps.issue(ANNA.id, name, sheet.version, sheet.terms, "gift", world.now()))
    void = lambda: write(*steps.void_gifted(ANNA.id, ORDER, [template], world.now()))
    assert issue() == []
    assert spend(name, OTHER) == []
    assert void() == []
    assert table.get(Coupon, ANNA.id, name, consistent=True).used_by == OTHER, "the other order keeps it"
    write(steps.give_back(ANNA.id, name, OTHER))
    assert (usable(), spend(name, OTHER)) == ([], ["COUPON_VOID"])


def test_a_gift_that_comes_after_its_order_died_does_not_come():
    template = opened(public=False)
    sheet, name = templates.find(template), gift_id(template, ORDER)
    write(*steps.void_gifted(ANNA.id, ORDER, [template], world.now()))
    assert spend(name, OTHER) == ["COUPON_NOT_FOUND"]
    assert write(steps.issue(ANNA.id, name, sheet.version, sheet.terms, "gift", world.now())) == ["COUPON_TAKEN"]
    assert (usable(), service.wallet(ANNA.id, world.now()).usable) == ([], [])


def test_a_benefit_for_new_customers_stands_in_one_order():
    assert write(steps.take_benefit(ANNA.id, service.NEWCOMER, ORDER)) == []
    assert write(steps.take_benefit(ANNA.id, service.NEWCOMER, OTHER)) == ["NEWCOMER_BENEFIT_TAKEN"]
    assert service.wallet(ANNA.id, world.now()).newcomer_order == ORDER
    assert write(steps.give_back_benefit(ANNA.id, service.NEWCOMER, OTHER)) == ["NEWCOMER_BENEFIT_TAKEN"]
    assert write(steps.give_back_benefit(ANNA.id, service.NEWCOMER, ORDER)) == []
    assert write(steps.give_back_benefit(ANNA.id, service.NEWCOMER, ORDER)) == [], "given back once more it is the same"
    assert write(steps.take_benefit(ANNA.id, service.NEWCOMER, OTHER)) == []


def test_the_wallet_is_one_query_and_says_what_pricing_reads(calls):
    name = claim(opened(use_days=3)).coupon_id
    soon = claim(opened(use_days=1)).coupon_id
    usable()
    calls.clear()
    found = service.usable(ANNA.id, world.now())
    assert calls == ["Query"]
    assert [one.id for one in found] == [soon, name]
    whole = {"id": soon[:27], "version": 1, "starts_at": "1970-01-01T00:00:00.000Z", "ends_at": None}
    assert found[0].document == DOCUMENT | whole
    assert found[0].ends_at == world.now() + DAY


def test_an_edit_leaves_what_people_have():
    template = opened()
    name = claim(template).coupon_id
    act(templates.edit, template, 2, terms(use_days=1, document=DOCUMENT | {"kind": "amount", "terms": {"off_fen": 1}}))
    found = service.usable(ANNA.id, world.now())
    assert [(one.id, one.version, one.document["kind"]) for one in found] == [(name, 1, "threshold")]


def test_what_is_stopped_cannot_be_used_any_more(engine):
    template, other = opened(), opened()
    names = [claim(one).coupon_id for one in (other, template)]
    assert service.standing([*names, service.NEWCOMER], world.now())
    act(templates.move, template, 2, "stop")
    engine.advance(timedelta(seconds=10))
    assert usable() == names[:1]
    assert not service.standing(names, world.now())
    assert service.standing(names[:1], world.now())


def test_facts_say_what_became_of_a_coupon(bus):
    template = opened()
    name = claim(template).coupon_id
    done(service.spend, ANNA.id, [name], ORDER)
    done(service.give_back, ANNA.id, [name], ORDER)
    done(gifts.void, ANNA.id, [template], ORDER)
    assert sorted(bus.run()) == [
        "coupon.claimed",
        "coupon.returned",
        "coupon.template_changed",
        "coupon.template_changed",
        "coupon.used",
        "coupon.voided",
    ]


def test_a_reminder_is_filed_a_day_before_the_end(engine, bus):
    claim(opened(use_days=3))
    claim(opened(use_days=1))  # it ends in a day: there is nothing to remind of
    assert "coupon.expires_soon" not in bus.run()
    engine.advance(2 * DAY + timedelta(minutes=1))
    assert bus.run().count("coupon.expires_soon") == 1


@pytest.mark.parametrize(
    ("used", "void", "at", "state"),
    [
        (False, False, 9, "not_yet"),
        (False, False, 10, "usable"),
        (False, False, 19, "usable"),
        (False, False, 20, "expired"),
        (True, False, 30, "used"),
        (True, True, 15, "used"),
        (False, True, 15, "void"),
        (False, True, 5, "void"),
    ],
)
def test_the_state_of_a_coupon_is_judged_when_it_is_looked_at(used, void, at, state):
    assert state_of(starts=10, ends=20, used=used, void=void, at=at) == state
