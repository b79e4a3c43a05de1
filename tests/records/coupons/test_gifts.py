"""Coupons that orders gift: one an order and template, out of those there are, and only while they mean something."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.records.coupons.model import Coupon, Shard
from chalicelib.records.coupons.rules import gift_id
from chalicelib.records.coupons.service import gifts, templates
from chalicelib.runtime import table, world
from chalicelib.runtime.work import Work
from tests.records.coupons.wallets import ANNA, BO, ORDER, OTHER, act, fixed, opened
from tests.support import aws


def give(*wanted, order=ORDER, who=ANNA):
    gifts.give(who.id, wanted, order, Work(who, "paid"))


def had():
    return {(row.customer, row.id): row.way for row in aws.rows(Coupon)}


def taken():
    return sum(row.gift or 0 for row in aws.rows(Shard))


def test_each_template_gives_one_and_an_order_that_is_told_again_no_other(engine):
    one, two = opened(public=False), opened(public=False, total=3)
    give(one, two)
    give(two, one)
    assert had() == {(ANNA.id, gift_id(name, ORDER)): "gift" for name in (one, two)}
    assert taken() == 2
    give(one, order=OTHER)
    give(one, order=OTHER, who=BO)
    assert (len(had()), taken()) == (4, 4)


def test_the_last_one_is_given_once(engine):
    last = opened(public=False, total=1)
    give(last)
    give(last, order=OTHER)
    assert list(had()) == [(ANNA.id, gift_id(last, ORDER))]
    assert (taken(), [row.left for row in aws.rows(Shard) if row.left is not None]) == (1, [0])


def test_who_was_faster_is_looked_at_again(engine, monkeypatch):
    """The template is edited between the look and the write: what was read is read anew."""
    template = opened(public=False)
    genuine, looks = templates.find, []

    def find(name):
        looks.append(name)
        found = genuine(name)
        return found._replace(revision=found.revision - 1) if len(looks) < gifts.LOOKS else found

    monkeypatch.setattr(templates, "find", find)
    give(template)
    assert (len(looks), taken()) == (5, 1)


def test_what_was_promised_is_given_by_a_closed_template_and_by_no_stopped_one(engine):
    closed, stopped = opened(public=False), opened(public=False)
    act(templates.move, closed, 2, "close")
    act(templates.move, stopped, 2, "stop")
    give(stopped, closed)
    assert list(had()) == [(ANNA.id, gift_id(closed, ORDER))]


def test_given_is_what_the_template_said_when_it_was_promised(engine):
    """An edit in between changes what later orders bring, not what this one was told; without a version it is as it is."""
    template = opened(public=False)
    promise = gifts.promised([templates.find(template)])
    first = templates.find(template).terms
    act(templates.edit, template, 2, first._replace(total=9, document={**first.document, "terms": {"off_fen": 7}}))
    give(*promise)
    give(template, order=OTHER)
    assert {row.id: row.version for row in aws.rows(Coupon)} == {
        gift_id(template, ORDER): 1,
        gift_id(template, OTHER): 2,
    }
    give(*promise)
    assert len(had()) == 2
    act(lambda work: gifts.void(ANNA.id, promise, ORDER, work))
    assert {row.id for row in aws.rows(Coupon) if row.void_at} == {gift_id(template, ORDER)}


def test_promised_is_what_is_given_out_now(engine):
    one, later = opened(public=False), opened(public=False, **fixed(timedelta(days=5), timedelta(days=9)))
    begun = opened(public=False, claim_from=None)
    assert [sheet.id for sheet in gifts.giving([one, "K01KJPB7WG0000000000000000X", begun], world.now())] == [
        one,
        begun,
    ]
    assert gifts.giving([], world.now()) == []
    assert [sheet.id for sheet in gifts.giving([later], world.now())] == [later]
    engine.advance(timedelta(days=9))
    assert gifts.giving([later], world.now()) == [], "it could not be used any more"
    act(templates.move, one, 2, "close")
    engine.advance(timedelta(seconds=10))
    assert gifts.giving([one], world.now()) == []


def test_all_that_an_order_gifted_is_void_and_told_of(engine, bus):
    one, two = opened(public=False), opened(public=False)
    give(one, two)
    give(one, order=OTHER)
    work = Work(ANNA, "annul")
    gifts.void(ANNA.id, (one, two), ORDER, work)
    work.commit()
    void = {row.id for row in aws.rows(Coupon) if row.void_at is not None}
    assert void == {gift_id(one, ORDER), gift_id(two, ORDER)}
    assert bus.run().count("coupon.voided") == 2
    assert table.get(Coupon, ANNA.id, gift_id(one, OTHER), consistent=True).void_at is None
