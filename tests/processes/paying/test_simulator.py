"""The shop and the payment simulator, two programs written apart from one protocol document, with one clock between them.

Every product of every provider is opened, paid, told of and given back over real HTTP on loopback.
"""

from datetime import date, timedelta

import pytest

from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.payments.providers import METHODS
from chalicelib.records.payments.rules import PaymentProviderDown
from chalicelib.records.payments.service import calls
from chalicelib.runtime.caller import Caller
from tests.support.doors import asked_view, settled

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)
ALL = sorted(METHODS)
BOTH_MODES = pytest.mark.parametrize(
    "modes", [{}, {"wechat_mode": "certificate", "alipay_mode": "cert"}], ids=["keys", "certificates"]
)


@BOTH_MODES
@pytest.mark.parametrize(("provider", "product"), ALL)
def test_every_product_is_opened_paid_told_and_given_back(street, provider, product):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.pay(payment)
    notices = street.tell()
    assert [n["state"] for n in notices] == ["accepted"], notices
    assert shop.order_row(payment.order_id).state == "paid"

    refund = settled(
        ask_refund, AskRefund(order_id=payment.order_id, reason="破损 & more"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    shop.bus.run()
    street.finish(3)
    assert [row.state for row in shop.refunds()] == ["succeeded"]
    assert shop.order_row(payment.order_id).refunded == 3599
    assert street.sim.book()["refunds"][0]["amount"] == 3599
    assert shop.cases() == set()


FIRST = [("wechat", "native"), ("alipay", "page"), ("unionpay", "gateway")]


@pytest.mark.parametrize(("provider", "product"), FIRST)
def test_with_every_notice_lost_the_completer_alone_pays_and_refunds(street, provider, product):
    shop = street.shop
    street.sim.faults(drop=True)
    payment = street.start(shop.order(), provider, product)
    street.pay(payment)
    street.finish(2)
    assert shop.order_row(payment.order_id).state == "paid"
    refund = settled(
        ask_refund, AskRefund(order_id=payment.order_id, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    street.finish(8)
    assert [row.state for row in shop.refunds()] == ["succeeded"]
    shop_paid = [p for p in shop.payments() if p.state == "paid"]
    assert [p.refund_reserved for p in shop_paid] == [3599]


@BOTH_MODES
@pytest.mark.parametrize(("provider", "product"), FIRST)
@pytest.mark.parametrize("knob", ["wrong_signature", "wrong_amount", "other_app", "unknown_number"])
def test_a_bent_notice_never_pays(street, provider, product, knob):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.sim.faults(**{knob: 1})
    street.pay(payment)
    street.tell()
    assert shop.order_row(payment.order_id).state == "placed"
    assert {kind for kind, _ in shop.cases()} == {
        "wrong_signature": set(),
        "wrong_amount": {"amount"},
        "other_app": {"merchant"},
        "unknown_number": {"unknown"},
    }[knob]


@pytest.mark.parametrize("knob", ["duplicate", "signtest", "stale"])
def test_repeated_probing_and_stale_notices_end_in_one_paid_order(street, knob):
    shop = street.shop
    payment = street.start(shop.order(), "wechat", "native")
    street.sim.faults(**{knob: 3 if knob == "duplicate" else 1})
    street.pay(payment, times=2)
    street.finish(2)
    assert shop.order_row(payment.order_id).state == "paid"
    assert shop.facts("payment.succeeded") == 1


@pytest.mark.parametrize(("provider", "product"), [("wechat", "native"), ("alipay", "qr"), ("unionpay", "app")])
@pytest.mark.parametrize("knob", ["lost_answer", "answer_500", "bad_answer", "down", "throttle"])
def test_a_troubled_create_is_made_good_under_the_same_number(street, provider, product, knob):
    shop = street.shop
    order_id = shop.order()
    street.sim.faults(call="create", **{knob: 1})
    with pytest.raises(PaymentProviderDown):
        street.start(order_id, provider, product, key="once")
    payment = street.start(order_id, provider, product, key="once")
    if payment.next_action is None:  # UnionPay hands over a tn once: what is lost cannot be paid, another is opened
        assert (provider, payment.state) == ("unionpay", "closed")
        payment = street.start(order_id, provider, product, key="twice")
    street.pay(payment)
    street.finish(1)
    assert shop.order_row(order_id).state == "paid"


@pytest.mark.parametrize(("provider", "product"), [key for key in ALL if not METHODS[key].local])
def test_an_attempt_is_asked_for_again_from_another_network_in_the_same_words(street, provider, product):
    shop, order_id = street.shop, street.shop.order()
    street.sim.faults(call="create", answer_500=1)
    with pytest.raises(PaymentProviderDown):
        street.start(order_id, provider, product, key="once")
    first = street.sim.book()["payments"][0]["asked"]
    for minutes in (6, 6):  # an h5 link lives for five
        shop.buyer = shop.buyer._replace(ip=f"198.51.100.{minutes}", terminal="mini", language="en")
        shop.clock.advance(timedelta(minutes=minutes))
        payment = street.start(order_id, provider, product, key="once")
    assert payment.state == "pending"
    assert [row["asked"] for row in street.sim.book()["payments"]] == [first]
    street.pay(payment)
    street.tell()
    assert shop.order_row(order_id).state == "paid"


def test_paid_before_the_create_answer_came(street):
    shop = street.shop
    street.sim.faults(pay_at_create=1)
    payment = street.start(shop.order(), "wechat", "native")
    street.tell()
    assert shop.order_row(payment.order_id).state == "paid"


@pytest.mark.parametrize(("provider", "product"), FIRST)
@pytest.mark.parametrize("knob", ["lost_answer", "answer_500", "bad_answer"])
def test_a_troubled_refund_call_gives_back_once(street, provider, product, knob):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.pay(payment)
    street.tell()
    street.sim.faults(call="refund", **{knob: 1})
    refund = settled(
        ask_refund, AskRefund(order_id=payment.order_id, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    shop.bus.run()
    street.finish()
    assert [row.state for row in shop.refunds()] == ["succeeded"]
    assert [r["amount"] for r in street.sim.book()["refunds"]] == [3599]


def test_an_abnormal_refund_lies_before_a_person(street):
    shop = street.shop
    payment = street.start(shop.order(), "wechat", "native")
    street.pay(payment)
    street.tell()
    street.sim.faults(refund_outcome="ABNORMAL")
    refund = settled(
        ask_refund, AskRefund(order_id=payment.order_id, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    shop.bus.run()
    street.finish()
    assert [row.state for row in shop.refunds()] == ["abnormal"]
    assert shop.cases() == {("refund_abnormal", "open")}


def test_two_providers_both_paid_and_one_goes_back(street):
    shop = street.shop
    order_id = shop.order()
    one, two = street.start(order_id, "wechat", "native"), street.start(order_id, "alipay", "page")
    street.pay(one)
    street.pay(two)
    street.tell()
    street.finish(3)
    assert shop.order_row(order_id).state == "paid"
    assert [r["amount"] for r in street.sim.book()["refunds"]] == [3599]
    shop_side = {p.id: (p.state, int(p.refund_reserved)) for p in shop.payments()}
    assert sorted(shop_side.values()) == [("paid", 0), ("paid", 3599)]


def test_late_money_revives_an_order_that_ran_out(street):
    shop = street.shop
    payment = street.start(shop.order(), "wechat", "native")
    shop.later(minutes=31)
    assert shop.order_row(payment.order_id).state == "expired"
    street.sim.pay("wechat", payment.id, late=True)
    street.tell()
    assert shop.order_row(payment.order_id).state == "paid"
    assert shop.shelf() == (8, 2)


def test_late_money_for_a_cancelled_order_goes_back_to_the_fen(street):
    shop = street.shop
    payment = street.start(shop.order(), "wechat", "native")
    shop.cancel(payment.order_id)
    street.sim.pay("wechat", payment.id, late=True)
    street.tell()
    street.finish(3)
    assert (shop.order_row(payment.order_id).state, shop.shelf()) == ("cancelled", (10, 0))
    assert [r["amount"] for r in street.sim.book()["refunds"]] == [3599]
    assert shop.payment(payment.id).refund_reserved == shop.payment(payment.id).captured == 3599


@pytest.mark.parametrize(("provider", "product"), FIRST)
def test_an_unpaid_order_ends_closed_on_both_sides(street, provider, product):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.browse(payment.next_action)
    for _ in range(8):
        shop.later(minutes=5)
    assert shop.order_row(payment.order_id).state == "expired"
    assert shop.payment(payment.id).state in ("closed", "failed")
    assert shop.shelf() == (10, 0)


@pytest.mark.parametrize(("provider", "product"), FIRST)
def test_yesterday_s_bill_equals_what_we_know(street, provider, product):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.pay(payment)
    street.tell()
    shop.clock.advance(timedelta(days=1, hours=2))
    rows = list(calls.provider(provider).fetch_bill(date(2026, 11, 23)))
    assert [(row.kind, row.number, row.amount) for row in rows] == [("PAY", payment.id, 3599)]
