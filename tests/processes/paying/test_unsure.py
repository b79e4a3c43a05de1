"""A code that no table knows ends nothing: neither a refund nor an attempt. It is asked again, and lies before a person."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import Refusal
from chalicelib.processes.paying.service.resolve_exception import resolve_exception
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.processes.paying.shapes import Resolve, exception_view
from chalicelib.records.payments.rules import PaymentProviderDown, PaymentSnapshot, RefundStateConflict
from chalicelib.records.payments.service import calls
from tests.support.doors import settled

from .street import FINANCE, FIRST

CALLED = [("wechat", "native"), ("alipay", "qr"), ("unionpay", "app")]  # those whose hand-over needs a call
AGAIN = ["01", "12", "34", "60"]
STATES = [
    *(("unionpay", "gateway", code) for code in (*AGAIN, "05", "99")),
    ("wechat", "native", "PAUSED"),
    ("alipay", "page", "REFUND_PAUSED"),
]
CODES = [
    ("unionpay", "gateway", "34"), ("unionpay", "gateway", "99"), ("wechat", "native", "NEVER_HEARD_OF"),
    ("alipay", "page", "ACQ.NEVER_HEARD_OF"),
]  # fmt: skip


def resolve(shop, kind, resolution):
    case = next(row for row in shop.open_cases() if row.kind == kind)
    return settled(
        resolve_exception,
        case.id,
        Resolve(resolution=resolution, note="looked at it"),
        work=shop.work(FINANCE),
        view=exception_view,
    )


def states(shop):
    return [row.state for row in shop.refunds()]


def hours(street, many):
    for _ in range(2 * many):
        street.shop.later(minutes=30)
        street.tell()


# ---- giving back ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("provider", "product", "state"), STATES)
def test_a_refund_in_a_state_that_says_nothing_final_is_never_paid_twice(street, provider, product, state):
    """Read as a no it could be released, and asked for anew under another number: twice the money."""
    shop, payment = street.shop, street.paid(provider, product)
    street.sim.faults(provider, state=state, drop=True)
    street.sim.faults(provider, call="refund", lost_answer=1)
    refund = street.give_back(payment)
    hours(street, 4)
    assert states(shop) == ["processing"]
    for case in shop.open_cases():
        with pytest.raises(RefundStateConflict):
            resolve(shop, case.kind, "release")
    street.sim.clear_faults()
    hours(street, 2)
    assert (states(shop), shop.refunds()[0].id, street.gone()) == (["succeeded"], refund, [3599])


@pytest.mark.parametrize(("provider", "product", "state"), [*STATES[:1], *STATES[4:]])
def test_a_refund_that_stays_unclear_lies_before_a_person_and_one_under_way_does_not(street, provider, product, state):
    shop, payment = street.shop, street.paid(provider, product)
    street.sim.faults(provider, state=state, drop=True)
    street.sim.faults(provider, call="refund", lost_answer=1)
    street.give_back(payment)
    hours(street, 6)
    assert shop.cases() == (set() if state == "05" else {("refund_silent", "open")})


@pytest.mark.parametrize(("provider", "product", "code"), CODES)
def test_a_refund_that_is_refused_by_an_unknown_code_goes_on_and_gives_back_once(street, provider, product, code):
    shop, payment = street.shop, street.paid(provider, product)
    street.sim.faults(provider, call="refund", code=code)
    refund = street.give_back(payment)
    hours(street, 4)
    assert (states(shop), street.gone(), shop.cases()) == (["requested"], [], {("refund_silent", "open")})
    with pytest.raises(RefundStateConflict):
        resolve(shop, "refund_silent", "release")
    street.sim.clear_faults()
    hours(street, 3)
    assert (states(shop), shop.refunds()[0].id, street.gone()) == (["succeeded"], refund, [3599])


def test_a_refund_that_is_refused_by_an_unknown_code_can_be_given_back_by_hand(street):
    shop, payment = street.shop, street.paid("wechat", "native")
    street.sim.faults(call="refund", code="NEVER_HEARD_OF")
    street.give_back(payment)
    hours(street, 4)
    resolve(shop, "refund_silent", "by_hand")
    street.sim.clear_faults()
    shop.later(hours=2)
    assert (states(shop), street.gone()) == (["manual"], [])


# ---- paying ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("provider", "product", "code"), [
    *((*way, "NEVER_HEARD_OF") for way in CALLED), *(("unionpay", "app", code) for code in (*AGAIN, "03")),
    ("wechat", "native", "OUT_TRADE_NO_USED"), ("wechat", "native", "ORDER_PAID"),
    ("alipay", "qr", "ACQ.CONTEXT_INCONSISTENT"),  # it is said to be there, and a query finds nothing
])  # fmt: skip
def test_an_unclear_code_at_create_leaves_the_attempt_open_and_names_the_other_ways(street, provider, product, code):
    shop, order_id = street.shop, street.shop.order()
    street.sim.faults(provider, call="create", code=code)
    strange = code == "NEVER_HEARD_OF"  # which is an answer and no silence: the provider is not left in peace for it
    for _ in range(5 if strange else 2):
        with pytest.raises(PaymentProviderDown) as down:
            street.start(order_id, provider, product, key="once")
    assert [(p.provider, p.state) for p in shop.payments()] == [(provider, "created")]
    offered = {(way["provider"], way["product"]) for way in down.value.params["methods"]}
    assert offered == {(row.provider, row.name) for row, up in calls.methods("pc") if row.provider != provider and up}
    assert {name for name, _ in offered} == {"wechat", "alipay", "unionpay"} - {provider}

    street.sim.clear_faults()
    payment = street.start(order_id, provider, product, key="once")
    street.pay(payment)
    street.tell()
    assert (shop.order_row(order_id).state, len(shop.payments())) == ("paid", 1)


def test_the_ways_that_are_offered_instead_are_those_that_answer(street):
    order_id = street.shop.order()
    street.sim.faults("alipay", down=True)
    for _ in range(3):
        with pytest.raises(PaymentProviderDown):
            street.start(order_id, "alipay", "qr", key="a")
    street.sim.faults("wechat", call="create", code="NEVER_HEARD_OF")
    with pytest.raises(PaymentProviderDown) as down:
        street.start(order_id, "wechat", "native", key="w")
    assert {way["provider"] for way in down.value.params["methods"]} == {"unionpay"}


@pytest.mark.parametrize(("provider", "product", "state"), [
    *(("unionpay", "gateway", code) for code in ("01", "60", "99")), ("wechat", "native", "PAUSED"),
    ("alipay", "page", "TRADE_PAUSED"),
])  # fmt: skip
def test_an_attempt_in_a_state_that_says_nothing_final_is_not_failed_and_its_money_counts(
    street, provider, product, state
):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.browse(payment.next_action)
    street.sim.faults(provider, state=state, drop=True)
    street.sim.pay(provider, payment.id)
    for _ in range(8):
        shop.later(minutes=10)
    assert shop.payment(payment.id).state != "failed"
    street.sim.clear_faults()
    shop.later(hours=2)
    assert shop.order_row(payment.order_id).state == "paid"


@pytest.mark.parametrize(("provider", "product", "state", "cases", "end"), [
    ("unionpay", "gateway", "ZZ", {("payment_silent", "open")}, "pending"), ("unionpay", "gateway", "01", set(), "closed"),
    ("wechat", "native", "PAUSED", {("payment_silent", "open")}, "closed"),  # WeChat closes it when it is told to
])  # fmt: skip
def test_an_attempt_in_an_unheard_of_state_lies_before_a_person_and_one_that_is_not_paid_ends(
    street, provider, product, state, cases, end
):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.browse(payment.next_action)
    street.sim.faults(provider, state=state)
    for _ in range(48):
        shop.later(hours=1)
    assert shop.cases() == cases
    assert shop.payment(payment.id).state == end


@pytest.mark.parametrize(("provider", "product"), FIRST)
def test_a_refused_close_or_query_of_an_unknown_code_ends_nothing(street, provider, product):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.browse(payment.next_action)
    street.sim.faults(provider, code="ZZ", drop=True)
    street.sim.pay(provider, payment.id)
    for _ in range(8):
        shop.later(minutes=10)
    assert shop.payment(payment.id).state == "pending"
    street.sim.clear_faults()
    shop.later(hours=2)
    assert shop.order_row(payment.order_id).state == "paid"


@pytest.mark.parametrize("status", ["CLOSED", "FAILED"])
def test_the_end_of_another_merchant_s_or_currency_s_payment_ends_nothing_here(shop, status):
    payment = shop.start(shop.order(), "wechat")
    for mismatch in ("merchant", "currency"):
        news = PaymentSnapshot(payment.id, status, mismatch=mismatch)
        assert settle_payment("wechat", news, shop.work()) == "nothing"
    assert (shop.payment(payment.id).state, shop.cases()) == ("pending", set())
    assert settle_payment("wechat", PaymentSnapshot(payment.id, status), shop.work()) == "ended"


def test_what_is_answered_is_a_refusal_with_its_facts(street):
    street.sim.faults("wechat", call="create", code="NEVER_HEARD_OF")
    with pytest.raises(Refusal) as down:
        street.start(street.shop.order(), "wechat", "native")
    way = down.value.params["methods"][0]
    assert (down.value.code, down.value.retry_after) == ("PAYMENT_PROVIDER_DOWN", 30)
    assert set(way) == {"provider", "product", "title_zh", "title_en", "next_action", "needs", "available"}
