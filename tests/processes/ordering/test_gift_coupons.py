"""Coupons that an order gifts, as its customer lives them: promised in the quote, given once it is paid, dead with its money."""

from __future__ import annotations

import pytest

from chalicelib.records.coupons.model import Coupon, Shard
from chalicelib.records.coupons.rules import gift_id
from chalicelib.records.coupons.service import templates
from chalicelib.records.orders import service as orders
from tests.processes.ordering.merchant import Merchant
from tests.processes.ordering.test_offers_in_orders import asked, paid, placed, told
from tests.records.coupons import wallets
from tests.support import aws, people


@pytest.fixture
def template(counter):
    return wallets.opened(document={**wallets.DOCUMENT, "name": {"zh": "下次再来", "en": "Come again"}}, public=False)


def tier(template, **more):
    """From 150 on a coupon for next time, and what else is said."""
    return {"kind": "threshold", "terms": {"by": "fen", "tiers": [{"at": 15_000, "coupon": template, **more}]}}


def mine(counter):
    """The states of the customer's coupons, by template."""
    rows = [counter.ask("GET", f"/v1/me/coupons?state={state}").json["items"] for state in ("usable", "used", "void")]
    return {one["template_id"]: (one["state"], one["way"]) for items in rows for one in items}


def test_a_tier_gifts_a_coupon_that_is_promised_and_comes_with_the_money_once(counter, fake, template):
    offer = Merchant().published(**tier(template))
    assert asked(counter, (0, 1))["gift_coupons"] == []
    quote = asked(counter, (0, 2))
    (gift,) = quote["gift_coupons"]
    assert (gift["template_id"], gift["conditions"]["name"]["zh"]) == (template, "下次再来")
    assert (told(quote, offer)["applied"], told(quote, offer)["off"]["fen"]) == (True, 0)
    order = placed(counter, quote)
    counter.bus.run()
    assert mine(counter) == {}, "nothing is gifted before the money is there"
    paid(counter, fake, order)
    assert mine(counter) == {template: ("usable", "gift")}
    counter.bus.seen.clear()
    counter.bus.run()
    (row,) = aws.rows(Coupon)
    assert (row.id, sum(shard.gift or 0 for shard in aws.rows(Shard))) == (gift_id(template, order), 1)


def test_a_tier_may_gift_a_coupon_beside_money_off_and_repeats_give_one(counter, template):
    tiers = [{"at": 9_900, "off_fen": 100, "coupon": template}]
    Merchant().published(kind="threshold", terms={"by": "fen", "tiers": tiers, "repeat": True})
    quote = asked(counter, (0, 3))
    assert quote["discount"]["fen"] == 300
    assert [one["template_id"] for one in quote["gift_coupons"]] == [template]


def test_what_an_annulled_order_gifted_is_void_also_when_it_cost_nothing(counter, template):
    Merchant().published(**tier(template, off_fen=19_800, free_freight=True))
    order = placed(counter, asked(counter, (0, 2)))
    counter.bus.run()
    assert (orders.find(order).state, mine(counter)) == ("paid", {template: ("usable", "gift")})
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    assert mine(counter) == {template: ("void", "gift")}
    told = counter.bus.run()
    assert told.count("coupon.voided") == 1


def test_an_order_that_was_annulled_before_its_gift_came_gifts_nothing(counter, template):
    Merchant().published(**tier(template, off_fen=19_800, free_freight=True))
    order = placed(counter, asked(counter, (0, 2)))
    assert counter.ask("POST", f"/v1/orders/{order}/cancellation").status == 204
    counter.bus.run()
    assert mine(counter) == {}
    assert sum(shard.gift or 0 for shard in aws.rows(Shard)) == 0


def test_money_that_goes_back_takes_the_gift_with_it_the_last_fen_only(counter, fake, template):
    Merchant().published(**tier(template))
    order = placed(counter, asked(counter, (0, 2)))
    payment = paid(counter, fake, order)

    def back(key, **what):
        support, finance = people.member(counter.front, "support"), people.member(counter.front, "finance", fresh=True)
        body = {"order_id": order, "reason": "customer changed their mind", **what}
        told = counter.ask("POST", "/v1/admin/refunds", body, token=support.token, key=key)
        assert told.status == 201, told.text
        decision = {"approved": True}
        path = f"/v1/admin/refunds/{told.json['id']}/approval"
        answer = counter.ask("POST", path, decision, token=finance.token, key=f"{key}!")
        assert answer.status in (200, 201, 204), answer.text
        counter.bus.run()
        notice = fake.refund_notice(payment, told.json["id"])
        counter.front.request("POST", "/v1/webhooks/wechat/refund", raw=notice.body, headers=dict(notice.headers))

    back("one", units=[{"line": 0, "quantity": 1}])
    assert mine(counter) == {template: ("usable", "gift")}
    back("rest")
    assert orders.find(order).state == "annulled"
    assert mine(counter) == {template: ("void", "gift")}


def test_a_template_that_is_closed_is_not_promised_and_one_that_was_promised_is_given(counter, fake, template):
    Merchant().published(**tier(template))
    order = placed(counter, asked(counter, (0, 2)))
    wallets.act(templates.move, template, 2, "close")
    templates.forget(template)
    assert asked(counter, (0, 2))["gift_coupons"] == []
    paid(counter, fake, order)
    assert mine(counter) == {template: ("usable", "gift")}


def test_of_a_stopped_template_and_of_one_that_has_run_out_nothing_is_given(counter, fake):
    last = wallets.opened(public=False, total=1)
    stopped = wallets.opened(public=False)
    Merchant().published(**tier(last))
    Merchant().published(**{**tier(stopped), "lane": "campaign"})
    orders_ = [placed(counter, asked(counter, (n, 2))) for n in (0, 1)]
    wallets.act(templates.move, stopped, 2, "stop")
    templates.forget(stopped)
    for order in orders_:
        paid(counter, fake, order)
    assert mine(counter) == {last: ("usable", "gift")}
    assert len(aws.rows(Coupon)) == 1
