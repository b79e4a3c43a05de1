"""What an order takes beside its pieces: offers, limits and coupons, as its customer lives it, from the quote to the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.processes.ordering.service import make_quote
from chalicelib.records.coupons.model import Coupon
from chalicelib.records.orders import service as orders
from chalicelib.records.promotions.model import PromotionCounter
from tests.processes.merchandising.offers.staff import NAME
from tests.records.coupons import wallets
from tests.support import aws

from .merchant import claimed

NAMED = {"offer_zh": NAME["zh"], "offer_en": NAME["en"]}
OFF_50 = {"kind": "amount", "terms": {"off_fen": 5000, "min_fen": 15_000}}


def told(quote, offer):
    """What an offer answered in a quote."""
    return next(one for one in quote["offers"] if offer in (one["offer"], one["coupon"]))


def items(counter, *wanted):
    return [{"sku": counter.skus[n], "quantity": pieces} for n, pieces in wanted]


def asked(counter, *wanted, **more):
    answer = counter.ask("POST", "/v1/quotes", {"items": items(counter, *wanted), **more})
    assert answer.status == 200, answer.text
    return answer.json


def placed(counter, quote):
    answer = counter.place(quote)
    assert answer.status == 201, answer.text
    return answer.json["order_id"]


def gave_up(counter, order):
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204


def paid(counter, fake, order):
    body = {"provider": "wechat", "product": "native"}
    payment = counter.ask("POST", f"/v1/orders/{order}/payments", body, key=f"pay{order}").json["id"]
    fake.pay(payment)
    notice = fake.notice(payment)
    counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    counter.bus.run()
    return payment


def used(counter):
    return sum(row.used for row in aws.rows(PromotionCounter))


# ---- offers ---------------------------------------------------------------------------------------------------------
def test_an_offer_is_in_the_quote_in_the_order_and_in_what_is_paid(counter, merchant):
    offer = merchant.published(**OFF_50)
    one, two = asked(counter, (0, 1)), asked(counter, (0, 1), (1, 1))
    assert (told(one, offer)["reason"], told(one, offer)["missing"]["fen"]) == ("MISSING_FEN", 5100)
    assert told(one, offer)["reason_zh"] == "再买 ¥51.00 可用"
    assert (two["discount"]["fen"], two["payable"]["fen"]) == (5000, 14_800)
    order = placed(counter, two)
    kept = orders.find(order)
    assert kept.payable == 14_800
    assert [line.off_by(0) for line in kept.lines] == [2500, 2500]
    assert counter.ask("GET", f"/v1/orders/{order}").json["discount"]["fen"] == 5000


def test_a_gift_is_a_line_of_its_own_that_is_held_and_given_back(counter, merchant):
    gift = counter.skus[1]
    merchant.published(
        kind="gift", terms={"sku": gift, "pieces": 2, "min_fen": 9900}, scope={"skus": [counter.skus[0]]}
    )
    quote = asked(counter, (0, 1), (1, 1))
    told = [(one["kind"], one["quantity"], one["payable"]["fen"]) for one in quote["lines"]]
    assert told == [("bought", 1, 9900), ("bought", 1, 9900), ("gift", 2, 0)]
    assert quote["lines"][2]["gift_value"]["fen"] == 9900
    order = placed(counter, quote)
    assert counter.shelf(1) == (3, 3)
    gave_up(counter, order)
    assert counter.shelf(1) == (6, 0)


@pytest.mark.parametrize(("out", "status"), [("skip", 200), ("block", 409)])
def test_a_gift_that_is_out_of_stock_is_left_out_or_holds_the_order_up(counter, merchant, out, status):
    terms = {"sku": counter.skus[1], "pieces": 1, "out": out}
    offer = merchant.published(kind="gift", terms=terms, scope={"skus": [counter.skus[0]]})
    answer = counter.ask("POST", "/v1/quotes", {"items": items(counter, (0, 1), (1, 6))})
    assert answer.status == status
    if status == 200:
        kinds = [one["kind"] for one in answer.json["lines"]]
        assert (kinds, told(answer.json, offer)["reason"]) == (["bought", "bought"], "GIFT_OUT")
    else:
        assert (answer.json["code"], answer.json["params"]["offer"]) == ("GIFT_OUT", offer)
        assert answer.json["title"] == f"优惠“{NAME['zh']}”的赠品 {answer.json['params']['title_zh']} 已送完"


def test_what_is_bought_of_a_gift_is_not_given_away_as_well(counter, merchant):
    terms = {"sku": counter.skus[1], "pieces": 2}
    offer = merchant.published(kind="gift", terms=terms, scope={"skus": [counter.skus[0]]})
    quote = asked(counter, (0, 1), (1, 5))
    assert told(quote, offer)["applied"]
    assert [(one["kind"], one["quantity"]) for one in quote["lines"]] == [("bought", 1), ("bought", 5), ("gift", 1)]
    placed(counter, quote)
    assert counter.shelf(1) == (0, 6)


def test_a_quote_is_honoured_after_an_end_but_not_after_a_kill(counter, merchant):
    offer = merchant.published(**OFF_50)
    first, second, other = asked(counter, (0, 2)), asked(counter, (0, 2)), asked(counter, (1, 1))
    merchant.end(offer)
    assert counter.place(first).json["payable"]["fen"] == 14_800
    again = merchant.published(**OFF_50)
    quoted = asked(counter, (1, 2))
    merchant.kill(again)
    refused = counter.place(quoted)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert refused.json["params"]["quote"]["payable"]["fen"] == 19_800
    assert counter.place(other).status == 201
    assert counter.place(second).status == 201


def test_a_quote_ends_with_the_first_of_its_offers(counter, merchant):
    merchant.published(**OFF_50, ends_at="2026-06-01T02:05:00Z")  # the world of tests begins at 02:00
    quote = asked(counter, (0, 2))
    assert quote["expires_at"] == "2026-06-01T02:05:00.000Z"
    counter.later(minutes=5)
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert refused.json["params"]["quote"]["discount"]["fen"] == 0


def test_an_offer_for_the_second_order_counts_those_that_were_not_given_up(counter, merchant):
    offer = merchant.published(kind="amount", terms={"off_fen": 1000}, needs={"nth_order": 2})
    assert asked(counter, (0, 1))["discount"]["fen"] == 0
    first = placed(counter, asked(counter, (0, 1)))
    assert told(asked(counter, (0, 1)), offer)["applied"]
    gave_up(counter, first)
    assert asked(counter, (0, 1))["discount"]["fen"] == 0


def test_an_add_on_comes_only_to_who_chose_it(counter, merchant):
    terms = {"sku": counter.skus[1], "price_fen": 990, "min_fen": 9900}
    offer = merchant.published(kind="add_on", terms=terms, scope={"skus": [counter.skus[0]]})
    plain = asked(counter, (0, 1))
    assert (len(plain["lines"]), told(plain, offer)["reason"]) == (1, "TO_CHOOSE")
    chosen = asked(counter, (0, 1), add_ons=[{"offer": offer}])
    assert [(one["kind"], one["payable"]["fen"]) for one in chosen["lines"]] == [("bought", 9900), ("add_on", 990)]


def test_why_what_was_chosen_is_not_added_is_told(counter, merchant):
    terms = {"sku": counter.skus[1], "price_fen": 990}
    offer = merchant.published(kind="add_on", terms=terms, scope={"skus": [counter.skus[1]]})
    assert offer not in [one["offer"] for one in asked(counter, (0, 1))["offers"]]
    chosen = asked(counter, (0, 1), add_ons=[{"offer": offer}])
    assert (len(chosen["lines"]), told(chosen, offer)["reason"]) == (1, "NOTHING_COVERED")
    unknown = "F01JZ0000000000000000000000"
    items = [{"sku": counter.skus[0], "quantity": 1}]
    refused = counter.ask("POST", "/v1/quotes", {"items": items, "add_ons": [{"offer": unknown}]})
    assert (refused.status, refused.json["code"], refused.json["params"]) == (
        404,
        "ADD_ON_NOT_FOUND",
        {"offer": unknown},
    )


def test_an_add_on_that_is_chosen_twice_is_added_up(counter, merchant):
    terms = {"sku": counter.skus[1], "price_fen": 990, "max_pieces": 3}
    offer = merchant.published(kind="add_on", terms=terms, scope={"skus": [counter.skus[0]]})
    chosen = asked(counter, (0, 1), add_ons=[{"offer": offer, "quantity": 2}, {"offer": offer, "quantity": 1}])
    assert [(one["kind"], one["quantity"]) for one in chosen["lines"]] == [("bought", 1), ("add_on", 3)]


def test_who_is_late_for_an_add_on_is_told_the_price_without_it(counter, merchant):
    terms = {"sku": counter.skus[1], "price_fen": 990, "max_pieces": 6}
    offer = merchant.published(kind="add_on", terms=terms, scope={"skus": [counter.skus[0]]})
    late = asked(counter, (0, 1), add_ons=[{"offer": offer, "quantity": 2}])
    placed(counter, asked(counter, (1, 5)))
    out, changed = counter.place(late).json["reasons"]
    fresh = changed["params"]["quote"]
    assert (out["code"], out["params"]["sku"], out["params"]["left"]) == ("OUT_OF_STOCK", counter.skus[1], 1)
    assert (told(fresh, offer)["reason"], fresh["payable"]["fen"]) == ("ADD_ON_OUT", late["payable"]["fen"] - 1980)
    assert counter.place(fresh).status == 201


def test_who_is_late_for_the_gift_of_a_piece_they_buy_too_is_told_the_price_with_fewer(counter, merchant):
    terms = {"sku": counter.skus[1], "pieces": 2}
    merchant.published(kind="gift", terms=terms, scope={"skus": [counter.skus[0]]})
    late = asked(counter, (0, 1), (1, 1))
    placed(counter, asked(counter, (1, 4)))
    out, changed = counter.place(late).json["reasons"]
    assert (out["code"], changed["code"]) == ("OUT_OF_STOCK", "PRICE_CHANGED")
    lines = [(one["kind"], one["quantity"]) for one in changed["params"]["quote"]["lines"]]
    assert lines == [("bought", 1), ("bought", 1), ("gift", 1)]


def test_who_is_late_for_a_gift_that_nothing_is_sold_without_is_told_which_offer_waits_for_it(counter, merchant):
    terms = {"sku": counter.skus[1], "pieces": 2, "out": "block"}
    offer = merchant.published(kind="gift", terms=terms, scope={"skus": [counter.skus[0]]})
    late = asked(counter, (0, 1))
    placed(counter, asked(counter, (1, 5)))
    out, waits = counter.place(late).json["reasons"]
    assert (out["code"], waits["code"]) == ("OUT_OF_STOCK", "GIFT_OUT")
    assert (waits["params"]["offer"], waits["params"]["sku"]) == (offer, counter.skus[1])
    assert counter.shelf(0) == (5, 0)


# ---- limits ---------------------------------------------------------------------------------------------------------
def test_a_limit_a_person_is_used_once_and_free_again_when_the_order_is_given_up(counter, merchant):
    offer = merchant.published(**OFF_50, limits={"per_person": 1})
    first, raced = asked(counter, (0, 2)), asked(counter, (1, 2))
    order = placed(counter, first)
    refused = counter.place(raced)
    assert (refused.status, refused.json["code"]) == (409, "LIMIT_REACHED")
    assert refused.json["params"] == {"offer": offer, **NAMED, "limit": "per_person", "left": 0}
    later = asked(counter, (1, 2))
    assert (later["discount"]["fen"], told(later, offer)["reason"]) == (0, "LIMIT_REACHED")
    gave_up(counter, order)
    assert used(counter) == 0
    assert asked(counter, (1, 2))["discount"]["fen"] == 5000


def test_the_last_of_a_quota_is_found_in_whichever_shard_it_lies(counter, merchant):
    merchant.published(kind="amount", terms={"off_fen": 100}, limits={"total": 3})
    quotes = [asked(counter, (0, 1)) for _ in range(4)]
    answers = [counter.place(quote) for quote in quotes]
    assert sorted(answer.status for answer in answers) == [201, 201, 201, 409]
    assert used(counter) == 3


def test_a_budget_counts_fen_and_is_never_overdrawn(counter, merchant):
    merchant.published(kind="amount", terms={"off_fen": 700}, limits={"budget_fen": 1500})
    quotes = [asked(counter, (0, 1)) for _ in range(3)]
    assert sorted(counter.place(quote).status for quote in quotes) == [201, 201, 409]
    assert used(counter) == 1400
    assert asked(counter, (0, 1))["discount"]["fen"] == 0


# ---- bounds ---------------------------------------------------------------------------------------------------------
def test_an_order_that_would_change_more_than_one_transaction_takes_is_refused_by_name(counter, coupon, monkeypatch):
    monkeypatch.setattr(make_quote, "MOST_CHANGES", make_quote.OWN_CHANGES + 2)
    body = {"items": items(counter, (0, 1), (1, 1))}
    assert counter.ask("POST", "/v1/quotes", body).status == 200
    refused = counter.ask("POST", "/v1/quotes", body | {"coupons": [coupon]})
    assert (refused.status, refused.json["code"]) == (422, "TOO_MANY_PARTS")
    assert refused.json["params"] == {"parts": 2, "limits": 0, "coupons": 1, "most": 2}


def test_of_a_limit_that_is_nearly_used_up_the_rest_is_given(counter, merchant):
    merchant.published(lane="price", kind="percent", terms={"pay_bp": 9000}, limits={"per_person": 3})
    first, second = asked(counter, (0, 2)), asked(counter, (1, 2))
    assert (first["discount"]["fen"], second["discount"]["fen"]) == (1980, 1980)
    placed(counter, first)
    assert asked(counter, (1, 2))["discount"]["fen"] == 990
    assert counter.place(second).status == 409


def test_a_quote_ends_with_its_coupon_and_late_money_finds_it_as_it_was(counter, fake):
    """R010: what counts is the instant at which the order was placed."""
    window = wallets.fixed(timedelta(0), timedelta(minutes=6))
    mine = claimed(counter, wallets.opened(document={**wallets.DOCUMENT, "with_coupons": True}, **window))
    quote = asked(counter, (0, 2), coupons=[mine])
    assert quote["expires_at"] == iso(counter.clock.now() + timedelta(minutes=6))
    order = placed(counter, quote)
    body = {"provider": "wechat", "product": "native"}
    payment = counter.ask("POST", f"/v1/orders/{order}/payments", body, key="k1").json["id"]
    fake.fault = "silent"
    counter.later(minutes=31)
    fake.fault = None
    fake.pay(payment)
    notice = fake.notice(payment)
    counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    assert orders.find(order).state == "paid"
    assert next(row.used_by for row in aws.rows(Coupon) if row.id == mine) == order


def test_a_fresh_quote_keeps_what_was_chosen_to_be_added(counter, merchant):
    terms = {"sku": counter.skus[1], "price_fen": 990}
    add_on = merchant.published(kind="add_on", terms=terms, scope={"skus": [counter.skus[0]]})
    other = merchant.published(kind="amount", terms={"off_fen": 100}, scope={"skus": [counter.skus[0]]})
    quote = asked(counter, (0, 1), add_ons=[{"offer": add_on, "quantity": 1}])
    merchant.kill(other)
    fresh = counter.place(quote).json["params"]["quote"]
    assert [(one["kind"], one["payable"]["fen"]) for one in fresh["lines"]] == [("bought", 9900), ("add_on", 990)]
