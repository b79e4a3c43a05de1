"""What an order does with its customer's coupons, and with what is for new customers, from the quote to the end."""

from __future__ import annotations

from chalicelib.kernel.money import Fen
from chalicelib.records.coupons.model import Coupon, OnceBenefit, Tally
from chalicelib.records.coupons.rules import template_of
from chalicelib.records.coupons.service import templates
from chalicelib.records.orders import service as orders
from tests.records.coupons import wallets
from tests.support import aws, people

from .merchant import claimed
from .test_offers_in_orders import asked, gave_up, items, paid, placed, told, used


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
