"""What an order takes beside its pieces: offers, limits and coupons, as its customer lives it, from the quote to the end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service import make_quote
from chalicelib.records.coupons.model import Coupon, OnceBenefit, Tally
from chalicelib.records.coupons.rules import template_of
from chalicelib.records.coupons.service import templates
from chalicelib.records.orders import service as orders
from chalicelib.records.promotions.model import PromotionCounter
from tests.processes.merchandising.offers.staff import NAME
from tests.records.coupons import wallets
from tests.support import aws, people

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
    quoted, _ = asked(counter, (1, 2)), merchant.kill(again)
    refused = counter.place(quoted)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert refused.json["params"]["quote"]["payable"]["fen"] == 19_800
    assert [counter.place(one).status for one in (other, second)] == [201, 201]


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


# ---- coupons --------------------------------------------------------------------------------------------------------
def test_a_coupon_is_used_by_one_order_and_comes_back_with_its_end(counter, coupon):
    """R001: two orders with one coupon at once. Whoever is late is told the price without it, and pays that only if they place
    that quote."""
    before = next(row.ends_at for row in aws.rows(Coupon) if row.id == coupon)
    first, second = asked(counter, (0, 2), coupons=[coupon]), asked(counter, (1, 2), coupons=[coupon])
    assert (first["discount"]["fen"], first["coupons"]) == (1000, [coupon])
    order = placed(counter, first)
    refused = counter.place(second)
    assert (refused.status, refused.json["code"]) == (409, "COUPON_USED")
    assert [reason["code"] for reason in refused.json["reasons"]] == ["COUPON_USED", "PRICE_CHANGED"]
    fresh = refused.json["reasons"][1]["params"]["quote"]
    assert (fresh["coupons"], fresh["discount"]["fen"], fresh["payable"]["fen"]) == (
        [],
        0,
        second["payable"]["fen"] + 1000,
    )
    assert counter.shelf(1) == (6, 0)
    answer = counter.ask("POST", "/v1/quotes", {"items": items(counter, (0, 1)), "coupons": [coupon]})
    assert (answer.status, answer.json["code"]) == (409, "COUPON_USED")
    gave_up(counter, order)
    row = next(row for row in aws.rows(Coupon) if row.id == coupon)
    assert (row.used_by, row.ends_at) == (None, before)
    assert counter.place(asked(counter, (1, 2), coupons=[coupon])).status == 201


def test_where_the_pieces_are_gone_too_there_is_no_fresh_quote(counter, coupon):
    first, second = asked(counter, (0, 5), coupons=[coupon]), asked(counter, (0, 5), coupons=[coupon])
    placed(counter, first)
    refused = counter.place(second).json["reasons"]
    assert {reason["code"] for reason in refused} == {"COUPON_USED", "OUT_OF_STOCK"}


def test_whose_limit_was_reached_meanwhile_is_told_the_price_without_it(counter, merchant):
    merchant.published(kind="amount", terms={"off_fen": 100}, limits={"per_person": 1})
    first, second = asked(counter, (0, 1)), asked(counter, (0, 1))
    placed(counter, first)
    reached, changed = counter.place(second).json["reasons"]
    assert (reached["code"], changed["code"]) == ("LIMIT_REACHED", "PRICE_CHANGED")
    assert changed["params"]["quote"]["discount"]["fen"] == 0
    assert counter.place(changed["params"]["quote"]).status == 201


def test_a_coupon_that_gives_nothing_here_stays_and_says_why(counter, coupon):
    quote = asked(counter, (0, 1), coupons=[coupon])
    assert (quote["discount"]["fen"], quote["coupons"]) == (0, [])
    assert (told(quote, coupon)["reason"], told(quote, coupon)["missing"]["fen"]) == ("MISSING_FEN", 100)
    placed(counter, quote)
    assert counter.place(asked(counter, (0, 2), coupons=[coupon])).status == 201


def test_the_best_coupon_is_chosen_when_asked(counter, coupon):
    more = claimed(counter, wallets.opened(document={**wallets.DOCUMENT, "kind": "amount", "terms": {"off_fen": 1500}}))
    quote = asked(counter, (0, 2), auto_best=True)
    assert (quote["coupons"], quote["discount"]["fen"]) == ([more], 1500)
    assert told(quote, coupon)["reason"] == "OTHER_BETTER"
    assert asked(counter, (0, 2))["coupons"] == []


def test_whose_best_coupon_is_lost_is_told_the_price_with_the_next_best(counter, coupon):
    """R001: who asked for the best of their coupons is asked anew with the best of what is left, not with none."""
    more = claimed(counter, wallets.opened(document={**wallets.DOCUMENT, "kind": "amount", "terms": {"off_fen": 1500}}))
    first, second = asked(counter, (0, 2), auto_best=True), asked(counter, (1, 2), auto_best=True)
    assert (first["coupons"], second["coupons"]) == ([more], [more])
    order = placed(counter, first)
    used, changed = counter.place(second).json["reasons"]
    fresh = changed["params"]["quote"]
    assert (used["code"], fresh["coupons"], fresh["discount"]["fen"]) == ("COUPON_USED", [coupon], 1000)
    claimed(counter, wallets.opened(document={**wallets.DOCUMENT, "kind": "amount", "terms": {"off_fen": 1700}}))
    counter.later(minutes=10)
    counter.token = people.token(orders.find(order).customer, "customer")
    refused = counter.place(fresh)
    assert (refused.json["code"], refused.json["params"]["quote"]["discount"]["fen"]) == ("PRICE_CHANGED", 1700)


def test_another_persons_coupon_is_none(counter, coupon):
    other = counter.newcomer("13900139000")
    answer = counter.ask("POST", "/v1/quotes", {"items": items(counter, (0, 2)), "coupons": [coupon]}, token=other)
    assert (answer.status, answer.json["code"]) == (404, "COUPON_NOT_FOUND")


def test_a_coupon_of_an_expired_order_is_free_and_late_money_takes_it_again(counter, fake, coupon, merchant):
    """R010 beside it: validity is judged at use. The limit that the order used is used again, too."""
    merchant.published(kind="amount", terms={"off_fen": 100}, limits={"per_person": 1})
    order = placed(counter, asked(counter, (0, 2), coupons=[coupon]))
    body = {"provider": "wechat", "product": "native"}
    payment = counter.ask("POST", f"/v1/orders/{order}/payments", body, key="k1").json["id"]
    fake.fault = "silent"
    counter.later(minutes=31)
    fake.fault = None
    assert next(row.used_by for row in aws.rows(Coupon) if row.id == coupon) is None
    fake.pay(payment)
    notice = fake.notice(payment)
    counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    counter.bus.run()
    assert (orders.find(order).state, used(counter)) == ("paid", 1)
    assert next(row.used_by for row in aws.rows(Coupon) if row.id == coupon) == order


def test_what_the_shop_gives_up_gives_coupon_and_limit_back(counter, coupon, merchant):
    merchant.published(kind="amount", terms={"off_fen": 100}, limits={"per_person": 1})
    order = placed(counter, asked(counter, (0, 2), coupons=[coupon]))
    assert used(counter) == 1
    operator = people.member(counter.front, "operator")
    body = {"reason": "price_error"}
    assert counter.ask("POST", f"/v1/admin/orders/{order}/cancellation", body, token=operator.token).status == 204
    assert used(counter) == 0
    assert next(row.used_by for row in aws.rows(Coupon) if row.id == coupon) is None


def test_late_money_goes_back_when_the_coupon_is_in_another_order(counter, fake, coupon):
    order = placed(counter, asked(counter, (0, 2), coupons=[coupon]))
    body = {"provider": "wechat", "product": "native"}
    payment = counter.ask("POST", f"/v1/orders/{order}/payments", body, key="k1").json["id"]
    fake.fault = "silent"
    counter.later(minutes=31)
    fake.fault = None
    counter.token = people.token(orders.find(order).customer, "customer")
    other = placed(counter, asked(counter, (1, 2), coupons=[coupon]))
    fake.pay(payment)
    notice = fake.notice(payment)
    counter.front.request("POST", "/v1/webhooks/wechat/pay", raw=notice.body, headers=dict(notice.headers))
    counter.bus.run()
    assert orders.find(order).state == "expired"
    assert sum(fake.book[payment].refunds.values()) == 18_800
    assert next(row.used_by for row in aws.rows(Coupon) if row.id == coupon) == other
    assert counter.shelf(0) == (5, 0)


def test_an_order_that_costs_nothing_is_paid_by_being_placed_and_gives_all_back_when_annulled(
    counter, merchant, coupon
):
    merchant.published(kind="percent", terms={"pay_bp": 10}, lane="price", scope={"skus": [counter.skus[0]]})
    template = wallets.opened(document={**wallets.DOCUMENT, "kind": "amount", "terms": {"off_fen": 99_900}})
    free = claimed(counter, template)
    carriage = {**wallets.DOCUMENT, "lane": "freight_coupon", "kind": "freight_free", "terms": {}}
    post = claimed(counter, wallets.opened(document=carriage))
    quote = asked(counter, (1, 1), coupons=[free, post])
    assert (quote["payable"]["fen"], quote["freight_discount"]["fen"]) == (0, 800)
    order = placed(counter, quote)
    assert counter.ask("GET", f"/v1/orders/{order}").json["state"] == "paid"
    assert orders.find(order).payable == Fen(0)
    gave_up(counter, order)
    assert {row.id: row.used_by for row in aws.rows(Coupon)} == {coupon: None, free: None, post: None}


# ---- new customers --------------------------------------------------------------------------------------------------
def test_the_benefit_for_new_customers_stands_in_one_open_order_and_ends_with_the_first_paid_one(
    counter, fake, merchant
):
    offer = merchant.published(kind="amount", terms={"off_fen": 2000}, audience={"new_customers": True})
    first, raced = asked(counter, (0, 1)), asked(counter, (1, 1))
    assert (first["discount"]["fen"], raced["discount"]["fen"]) == (2000, 2000)
    order = placed(counter, first)
    refused = counter.place(raced)
    assert (refused.status, refused.json["code"]) == (409, "NEWCOMER_BENEFIT_TAKEN")
    assert offer not in [one["offer"] for one in asked(counter, (1, 1))["offers"]]
    gave_up(counter, order)
    assert [row for row in aws.rows(OnceBenefit) if row.id == "newcomer"] == []
    again = placed(counter, asked(counter, (0, 1)))
    paid(counter, fake, again)
    assert [row for row in aws.rows(Tally) if row.id == "newcomer"] == []  # it is no template's coupon
    assert asked(counter, (1, 1))["discount"]["fen"] == 0


def test_who_has_paid_since_the_quote_is_no_new_customer_any_more(counter, fake, merchant):
    merchant.published(
        kind="amount", terms={"off_fen": 2000}, audience={"new_customers": True}, scope={"skus": counter.skus[1:]}
    )
    with_benefit, plain = asked(counter, (1, 1)), asked(counter, (0, 1))
    paid(counter, fake, placed(counter, plain))
    refused = counter.place(with_benefit)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert refused.json["params"]["quote"]["discount"]["fen"] == 0


def test_a_paid_order_is_found_behind_any_number_of_orders_that_were_given_up(counter, fake, merchant, monkeypatch):
    monkeypatch.setattr(orders, "TALLIED", 1)
    merchant.published(
        kind="amount", terms={"off_fen": 2000}, audience={"new_customers": True}, scope={"skus": counter.skus[1:]}
    )
    paid(counter, fake, placed(counter, asked(counter, (0, 1))))
    for _ in range(2):
        gave_up(counter, placed(counter, asked(counter, (0, 1))))
    assert asked(counter, (1, 1))["discount"]["fen"] == 0


def test_a_quote_with_a_coupon_that_was_stopped_is_not_honoured(counter, coupon):
    quote = asked(counter, (0, 2), coupons=[coupon])
    wallets.act(templates.move, template_of(coupon), 2, "stop")
    refused = counter.place(quote)
    assert (refused.status, refused.json["code"]) == (409, "PRICE_CHANGED")
    assert refused.json["params"]["quote"]["coupons"] == []
    assert counter.shelf() == (5, 0)


def test_a_fresh_quote_has_no_coupon_that_was_not_chosen(counter, coupon, merchant):
    better = claimed(
        counter, wallets.opened(document={**wallets.DOCUMENT, "kind": "amount", "terms": {"off_fen": 1500}})
    )
    offer = merchant.published(kind="amount", terms={"off_fen": 100})
    quote = asked(counter, (0, 2), coupons=[coupon])
    merchant.kill(offer)
    fresh = counter.place(quote).json["params"]["quote"]
    assert (fresh["coupons"], fresh["discount"]["fen"], better in fresh["coupons"]) == ([coupon], 1000, False)


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
