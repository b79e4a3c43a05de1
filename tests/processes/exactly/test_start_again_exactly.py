"""A start that is asked for again, to the letter: the attempt as it stands, the same words, or none that can be said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.start_payment import handed_over, start_payment
from chalicelib.processes.paying.shapes import StartPayment
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import PaymentFailed
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.providers.port import AlreadyDone, Declined, NextAction, PayerWrong, Unknown
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import BUYER, ONE, ORDER, PRICE, TWO, handed, news, refused, said, work

END = timedelta(minutes=30)
URL = "https://pay.test/x"


@pytest.fixture
def wechat(till):
    """An order, an attempt of which is started under a key."""
    till.order()
    till.look()
    for one in till.providers.values():
        one.says = {"create": handed(5), "close": "CLOSED"}
    return till.providers["wechat"]


def start(product="native", provider="wechat", *, caller=BUYER):
    return start_payment(ORDER, StartPayment(provider=provider, product=product), work(caller))


def again(product="native", provider="wechat", *, caller=BUYER):
    """What the same request is answered when it comes again."""
    with pytest.raises(AlreadyCommitted) as done:
        start(product, provider, caller=caller)
    return done.value.view


def state(till):
    return till.row(Payment, ONE)["state"]


ENDED = said(PaymentFailed(ONE, ORDER, "wechat", "closed"))


# ---- as it stands ---------------------------------------------------------------------------------------------------
def test_what_was_handed_over_is_handed_over_again_without_a_call(till, wechat):
    first = start()
    till.at += timedelta(minutes=5) - timedelta(milliseconds=1)
    assert again() == first
    assert wechat.ops() == ["create"]
    assert len(till.rows(Payment)) == 1


def test_what_ran_out_is_asked_for_again_in_the_same_words(till, wechat):
    start(product="h5")
    till.at += timedelta(minutes=5)
    wechat.says["create"] = handed(10, "https://pay.test/new")
    view = again(product="h5", caller=BUYER._replace(ip="198.51.100.9"))
    assert view.next_action.url == "https://pay.test/new"
    assert wechat.asked[0] == wechat.asked[1]
    assert till.row(Payment, ONE)["valid_until"] == till.at + timedelta(minutes=5)
    assert "new" in till.row(Payment, ONE)["next_action"]


def test_an_answer_that_was_lost_is_asked_for_again(till, wechat):
    wechat.says["create"] = Unknown("x")
    assert refused(start)[0][0] == "PAYMENT_PROVIDER_DOWN"
    wechat.says["create"] = handed(5)
    assert (again().state, state(till)) == ("pending", "pending")
    assert wechat.asked[0] == wechat.asked[1]


def test_what_we_sign_ourselves_is_signed_anew_without_a_write(till, wechat):
    start("page", "alipay")
    alipay = till.providers["alipay"]
    alipay.says["create"] = handed(10, "https://pay.test/new")
    before = till.tables()
    assert again("page", "alipay").next_action.url == "https://pay.test/new"
    assert alipay.asked[0] == alipay.asked[1]
    assert till.tables() == before


@pytest.mark.parametrize("now", ["paid", "closed", "failed", "quarantined"])
def test_of_what_is_over_nothing_is_handed_over(till, wechat, now):
    start()
    till.set(Payment, ONE, state=now)
    view = again()
    assert (view.id, view.state, view.next_action) == (ONE, now, None)
    assert wechat.ops() == ["create"]


def test_of_what_has_run_out_nothing_is_handed_over(till, wechat):
    wechat.says["create"] = handed(60)
    start()
    till.at += END - timedelta(milliseconds=1)
    assert again().next_action.url == URL
    till.at += timedelta(milliseconds=1)
    view = again()
    assert (view.state, view.next_action, wechat.ops()) == ("pending", None, ["create"])


def test_an_order_that_this_attempt_paid_answers_it(till, wechat):
    start()
    till.set(Order, ORDER, state="paid", payment=ONE)
    till.set(Payment, ONE, state="paid")
    assert again().state == "paid"


@pytest.mark.parametrize(("now", "payment"), [("paid", TWO), ("cancelled", None), ("expired", None)])
def test_for_an_order_that_was_given_up_or_paid_otherwise_nothing_is_handed_over(till, wechat, now, payment):
    start()
    till.set(Order, ORDER, state=now, **({"payment": payment} if payment else {}))
    assert refused(start) == [("ORDER_STATE_CONFLICT", {"state": now})]


def test_a_second_request_under_the_key_before_another_attempt_is_the_first_one(till, wechat):
    start()
    start_payment(ORDER, StartPayment(provider="wechat", product="native"), work(BUYER, key="other"))
    wechat.says["create"] = handed(5)
    view = again()  # the present attempt of this provider is another one, and stays open
    assert (view.id, view.state) == (ONE, "closed")
    assert till.row(Payment, TWO)["state"] == "pending"
    assert wechat.ops() == ["create", "close", "create"]


# ---- words that cannot be said again --------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [{"asked": "other"}, {"told": b"\x02not to be opened"}, {"amount": Fen(PRICE - 1)}])
def test_an_attempt_whose_words_cannot_be_said_again_is_closed_there_and_here(till, wechat, change):
    start()
    till.set(Payment, ONE, **change)
    till.at += timedelta(minutes=5)
    till.look()
    view = again()
    assert (view.state, view.next_action) == ("closed", None)
    assert wechat.ops() == ["create", "close"]
    assert till.told() == [ENDED]


@pytest.mark.parametrize("closed", ["NOT_FOUND", Unknown("x")])
def test_it_is_closed_here_whatever_its_provider_says(till, wechat, closed):
    start()
    till.set(Payment, ONE, asked="other", valid_until=till.at)
    wechat.says["close"] = closed
    assert again().state == "closed"


def test_one_that_was_paid_meanwhile_is_not_closed(till, wechat):
    start()
    till.set(Payment, ONE, asked="other", valid_until=till.at)
    wechat.says |= {"close": "ALREADY_PAID", "query": news()}
    view = again()
    assert (view.state, till.state()) == ("paid", "paid")


def test_one_whose_money_is_known_already_is_not_closed(till, wechat):
    start()
    till.set(Payment, ONE, asked="other", valid_until=till.at)

    def paid():
        till.set(Payment, ONE, state="paid")
        return "NOT_FOUND"

    wechat.says["close"] = paid
    till.look()
    assert (again().state, till.told()) == ("paid", [])


def test_what_we_signed_ourselves_and_cannot_sign_again_is_closed(till, wechat):
    start("page", "alipay")
    till.set(Payment, ONE, asked="other")
    assert again("page", "alipay").state == "closed"


# ---- what a provider answers the second time ------------------------------------------------------------------------
@pytest.mark.parametrize("trouble", [Declined("x"), PayerWrong("x")])
def test_a_no_to_asking_anew_leaves_what_stands_there(till, wechat, trouble):
    start()
    till.at += timedelta(minutes=5)
    wechat.says["create"] = trouble
    if isinstance(trouble, PayerWrong):
        assert refused(start) == [("PAYER_REFUSED", {"provider": "wechat"})]
    else:
        assert (again().state, again().next_action) == ("pending", None)
    assert state(till) == "pending"


def test_what_is_there_already_and_unpaid_is_closed_since_nobody_can_pay_it(till, wechat):
    start()
    till.at += timedelta(minutes=5)
    wechat.says |= {"create": AlreadyDone("x"), "query": news("PENDING", None)}
    till.look()
    assert (again().state, till.told()) == ("closed", [ENDED])


def test_no_answer_the_second_time_is_told_as_the_first_time(till, wechat):
    start()
    till.at += timedelta(minutes=5)
    wechat.says["create"] = Unknown("x")
    assert refused(start)[0][0] == "PAYMENT_PROVIDER_DOWN"
    assert state(till) == "pending"


def test_what_is_closed_meanwhile_by_another_is_no_trouble(till, wechat):
    wechat.says["create"] = Declined("x")

    def gone():
        till.set(Payment, ONE, state="closed")

    till.meanwhile(None, gone)
    till.look()
    assert start().state == "closed"
    assert ENDED not in till.told()


# ---- what can be handed over ----------------------------------------------------------------------------------------
def test_what_can_be_handed_over_of_an_attempt(till, wechat):
    start()
    order = orders.find(ORDER)
    assert handed_over(till.payment(), order, till.at) == NextAction("qr", URL)
    assert handed_over(till.payment(), order, till.at + timedelta(minutes=5)) is None
    order.state = "expired"
    assert handed_over(till.payment(), order, till.at) is None
    payment = till.payment()
    payment.state = "created"
    assert handed_over(payment, orders.find(ORDER), till.at) is None


def test_an_attempt_that_vanishes_while_it_is_closed_is_nobody_s(till, wechat):
    start()
    till.set(Payment, ONE, asked="other", valid_until=till.at)
    held = till.cloud.engine.tables["jishi-payments"]

    def gone():
        for key, item in list(held.items.items()):
            till.cloud.engine.apply(held, key, item, None)
        return "CLOSED"

    wechat.says["close"] = gone
    with pytest.raises(CommitRejected, match="PAYMENT_NOT_FOUND"):
        start()
