"""Somebody was faster: with a first order, with the last gift, with a budget."""

from __future__ import annotations

from chalicelib.records.coupons import steps as coupon_steps
from chalicelib.records.coupons.model import OnceBenefit
from tests.support import aws

from .test_offers_in_orders import asked, gave_up, paid, placed, told


def test_what_is_off_a_first_order_is_off_one_order_whatever_was_quoted(counter, fake, merchant):
    merchant.published(kind="amount", terms={"off_fen": 2000}, needs={"nth_order": 1})
    first, raced, late = asked(counter, (0, 1)), asked(counter, (1, 1)), asked(counter, (1, 1))
    assert [one["discount"]["fen"] for one in (first, raced, late)] == [2000, 2000, 2000]
    assert first["coupons"] == []
    order = placed(counter, first)
    refused = counter.place(raced)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert refused.json["params"]["quote"]["discount"]["fen"] == 0
    assert [row.order for row in aws.rows(OnceBenefit) if row.id == "nth#1"] == [order]
    gave_up(counter, order)
    assert [row for row in aws.rows(OnceBenefit) if row.id == "nth#1"] == []
    paid(counter, fake, placed(counter, raced))
    assert counter.place(late).json["code"] == "PRICE_CHANGED"
    assert asked(counter, (1, 1))["discount"]["fen"] == 0


def test_two_first_orders_at_once_are_one(counter, merchant):
    """The write decides, also where the look before it saw no order."""
    merchant.published(kind="amount", terms={"off_fen": 2000}, needs={"nth_order": 1})
    quote = asked(counter, (0, 1))
    me = counter.ask("GET", "/v1/me").json["user_id"]
    merchant.act(lambda work: work.add(coupon_steps.take_benefit(me, "nth#1", "O-other")))
    refused = counter.place(quote)
    assert [one["code"] for one in refused.json["reasons"]] == ["NTH_BENEFIT_TAKEN", "PRICE_CHANGED"]


def test_a_gift_that_went_meanwhile_is_told_with_the_quote_as_it_is_now(counter, merchant):
    merchant.published(kind="gift", terms={"sku": counter.skus[1], "pieces": 4, "min_fen": 100})
    one, two = asked(counter, (0, 1)), asked(counter, (0, 1))
    placed(counter, one)
    gone, changed = counter.place(two).json["reasons"]
    assert (gone["code"], gone["params"]["sku"], changed["code"]) == ("OUT_OF_STOCK", counter.skus[1], "PRICE_CHANGED")
    fresh = changed["params"]["quote"]
    assert [line["quantity"] for line in fresh["lines"] if line["kind"] == "gift"] == [2]
    placed(counter, fresh)


def test_a_spent_budget_says_so(counter, merchant):
    offer = merchant.published(kind="amount", terms={"off_fen": 100}, limits={"budget_fen": 250})
    for _ in range(2):
        placed(counter, asked(counter, (0, 1)))
    assert told(asked(counter, (0, 1)), offer)["reason"] == "BUDGET_SPENT"
