"""Starting to pay, to the letter: what is stored before the provider is asked, what it is asked, what the customer gets."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.start_payment import start_payment, subject, wanted_way
from chalicelib.processes.paying.shapes import StartPayment
from chalicelib.records.identity.accounts.service import accounts, contact
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import PaymentAttemptCreated, PaymentFailed, PaymentQueryDue
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.providers.port import (
    AlreadyDone,
    AttemptRequest,
    Declined,
    GoodsLine,
    PayerWrong,
    Throttled,
    Unknown,
)
from chalicelib.records.payments.rules import PayerRefused
from chalicelib.records.payments.service import attempts, calls
from chalicelib.runtime import settings
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import perform
from tests.processes.exactly.till import (
    BUYER,
    ONE,
    ORDER,
    PRICE,
    SHIRT,
    SOCKS,
    TWO,
    handed,
    news,
    part,
    refused,
    said,
    work,
)

END = timedelta(minutes=30)
GOODS = (GoodsLine(SHIRT, SHIRT, 2, Fen(1999)), GoodsLine(SOCKS, SOCKS, 1, Fen(501)))
URL = "https://pay.test/x"


@pytest.fixture
def wechat(till):
    """An unpaid order, and a provider that takes what it is asked."""
    till.order()
    till.look()
    for one in till.providers.values():
        one.says = {"create": handed(), "close": "CLOSED"}
    return till.providers["wechat"]


def start(provider="wechat", product="native", *, payer=None, caller=BUYER, key="k", order_id=ORDER):
    return start_payment(order_id, StartPayment(provider=provider, product=product, payer=payer), work(caller, key=key))


def state(till, number=ONE):
    return till.row(Payment, number)["state"]


def ended(number=ONE, how="closed", provider="wechat"):
    return said(PaymentFailed(number, ORDER, provider, how))


def created(till, number=ONE, provider="wechat", product="native"):
    return [
        said(PaymentAttemptCreated(number, ORDER, provider, product, PRICE)),
        said(PaymentQueryDue(number, 0), at=till.at + timedelta(seconds=10)),
    ]


# ---- the first start ------------------------------------------------------------------------------------------------
def test_an_attempt_is_stored_before_its_provider_is_asked(till, wechat):
    seen = []

    def answer():
        seen.append((state(till), till.row(Order, ORDER)["attempts"], till.told()))
        return handed()

    wechat.says["create"] = answer
    view = start()
    assert seen == [("created", 1, created(till))]
    assert till.told() == created(till)
    base = settings.value(settings.PUBLIC_URL).rstrip("/")
    assert wechat.asked == [
        (
            "create",
            AttemptRequest(
                ONE,
                "native",
                Fen(PRICE),
                "集市订单 Jishi 0000001A",
                till.at,
                till.at + END,
                f"{base}/v1/webhooks/wechat/pay",
                f"{base}/v1/payments/return?payment={ONE}",
                "",
                "",
                GOODS,
                payer_known=False,
            ),
        )
    ]
    row = till.row(Payment, ONE)
    assert row == {
        "id": ONE,
        "customer": BUYER.id,
        "provider": "wechat",
        "product": "native",
        "amount": PRICE,
        "state": "pending",
        "created_at": till.at,
        "expires_at": till.at + END,
        "captured": 0,
        "refund_reserved": 0,
        "asked": row["asked"],
        "next_action": f'["qr","{URL}",{{}}]',
        "valid_until": till.at + END,
    }
    assert (view.id, view.order_id, view.provider, view.product, view.amount.fen, view.state, view.expires_at) == (
        ONE,
        ORDER,
        "wechat",
        "native",
        PRICE,
        "pending",
        iso(till.at + END),
    )
    assert (view.next_action.kind, view.next_action.url) == ("qr", URL)


def test_what_we_sign_ourselves_is_not_kept(till, wechat):
    view = start("alipay", "page")
    assert view.next_action.url == URL
    assert part(till.row(Payment, ONE), "state", "next_action", "product") == {
        "state": "pending",
        "next_action": None,
        "product": "page",
    }


def test_what_its_customer_reads_at_the_provider_names_the_order():
    assert subject(Payment(ONE)) == "集市订单 Jishi 0000001A"


def test_an_h5_page_is_told_from_where_its_customer_comes_and_nobody_else_is(till, wechat):
    start(product="h5")
    assert (wechat.asked[0][1].client_ip, wechat.asked[0][1].payer_ref) == (BUYER.ip, "")
    assert attempts.told(till.payment(), accounts.keys_of(BUYER.id)) == ("", BUYER.ip, False, "")
    start("alipay", "wap", key="2")
    assert till.providers["alipay"].asked[0][1].client_ip == ""


def test_whom_a_client_names_is_told_as_what_a_client_names(till, wechat):
    start(product="jsapi", payer="o-1")
    assert (wechat.asked[0][1].payer_ref, wechat.asked[0][1].payer_known) == ("o-1", False)
    assert attempts.told(till.payment(), accounts.keys_of(BUYER.id)) == ("o-1", "", False, "")


def test_a_payer_that_no_product_asks_for_is_named_all_the_same(till, wechat):
    assert wanted_way(StartPayment(provider="wechat", product="native", payer="o-1"), BUYER.id)[1:] == (
        "o-1",
        False,
        "",
    )
    assert wanted_way(StartPayment(provider="wechat", product="native"), BUYER.id)[1:] == ("", False, "")


def test_who_signs_in_by_wechat_need_not_say_who_pays_there(till, wechat, monkeypatch):
    known = {BUYER.id: "o-known"}
    monkeypatch.setattr(contact, "wechat_payer", known.get)
    start(product="mini")
    assert (wechat.asked[0][1].payer_ref, wechat.asked[0][1].payer_known) == ("o-known", True)
    assert attempts.told(till.payment(), accounts.keys_of(BUYER.id)) == ("o-known", "", True, "")
    assert wanted_way(StartPayment(provider="wechat", product="jsapi"), BUYER.id)[1:] == ("o-known", True, "")
    assert refused(wanted_way, StartPayment(provider="wechat", product="mini"), "C2") == [("PAYER_NEEDED", {})]
    assert refused(wanted_way, StartPayment(provider="alipay", product="mini"), BUYER.id) == [("PAYER_NEEDED", {})]
    till.secrets["payments/wechat"] = {"appids": {"official": "wx1", "mini": "wx2"}}
    try:
        assert refused(wanted_way, StartPayment(provider="wechat", product="jsapi"), BUYER.id) == [("PAYER_NEEDED", {})]
        assert wanted_way(StartPayment(provider="wechat", product="mini"), BUYER.id)[1:] == ("o-known", True, "")
    finally:
        till.secrets["payments/wechat"] = {"merchant": "wechat"}


def test_what_the_shop_does_not_offer_is_unknown(till, wechat):
    assert refused(start, "wechat", "page") == [("PAYMENT_METHOD_UNKNOWN", {"method": "wechat.page"})]
    till.secrets["payments/wechat"] = {"appids": {"official": "wx1"}}
    try:
        assert refused(start, "wechat", "app") == [("PAYMENT_METHOD_UNKNOWN", {"method": "wechat.app"})]
        assert start().state == "pending"
        del till.secrets["payments/wechat"]
        assert refused(start, "wechat", "native", key="2") == [("PAYMENT_METHOD_UNKNOWN", {"method": "wechat.native"})]
    finally:
        till.secrets["payments/wechat"] = {"merchant": "wechat"}


def test_only_one_s_own_order_that_waits_for_its_money_is_paid(till, wechat):
    stranger = Caller("C01KJPB7WG0000000000000000B", "customer")
    assert refused(start, caller=stranger) == [("ORDER_NOT_FOUND", {})]
    for moved in ("paid", "expired", "cancelled"):
        till.set(Order, ORDER, state=moved)
        assert refused(start) == [("ORDER_STATE_CONFLICT", {"state": moved})]
    assert wechat.asked == []
    assert till.rows(Payment) == []


def test_until_its_time_has_run_out_and_no_longer(till, wechat):
    till.at += END
    assert refused(start) == [("ORDER_STATE_CONFLICT", {"state": "expired"})]
    till.at -= timedelta(milliseconds=1)
    assert start().state == "pending"


def test_much_money_wants_to_know_once_more_who_it_is(till, wechat, monkeypatch):
    monkeypatch.setenv("STEP_UP_FEN", str(PRICE))
    assert refused(start) == [("STEP_UP_NEEDED", {"limit": PRICE})]
    assert start(caller=BUYER._replace(fresh=True)).state == "pending"


# ---- another attempt ------------------------------------------------------------------------------------------------
def test_another_attempt_closes_the_former_at_its_provider_and_here(till, wechat):
    start()
    start("alipay", "qr", key="a")
    till.look()
    view = start(key="2")
    third = ORDER + "03"
    assert view.id == third
    assert [state(till, n) for n in (ONE, TWO, third)] == ["closed", "pending", "pending"]
    assert wechat.ops() == ["create", "close", "create"]
    assert till.providers["alipay"].ops() == ["create"]
    assert till.told() == [ended(), *created(till, third)]
    assert till.row(Order, ORDER)["attempts"] == 3


@pytest.mark.parametrize("closed", ["NOT_FOUND", Unknown("x")])
def test_a_former_attempt_is_closed_here_whatever_its_provider_says(till, wechat, closed):
    start()
    wechat.says["close"] = closed
    assert (start(key="2").id, state(till)) == (TWO, "closed")


def test_a_former_attempt_that_turns_out_to_be_paid_is_the_end_of_it(till, wechat):
    start()
    wechat.says |= {"close": "ALREADY_PAID", "query": news()}
    assert refused(start, key="2") == [("ORDER_STATE_CONFLICT", {"state": "paid"})]
    assert (state(till), till.state(), len(till.rows(Payment))) == ("paid", "paid", 1)


def test_a_former_attempt_whose_money_goes_back_lets_its_order_be_looked_at_again(till, wechat):
    start()
    till.set(Order, ORDER, payable=Fen(PRICE - 1))
    wechat.says |= {"close": "ALREADY_PAID", "query": news()}
    assert refused(start, key="2") == [("STALE_ORDER", {})]
    assert len(till.rows(Payment)) == 1


def test_an_attempt_that_was_opened_in_between_is_closed_too(till, wechat):
    till.meanwhile(lambda: start(key="other"))
    assert start().id == TWO
    assert [state(till, n) for n in (ONE, TWO)] == ["closed", "pending"]


def test_an_attempt_that_moves_in_between_is_looked_at_again(till, wechat):
    start()
    till.meanwhile(lambda: till.set(Payment, ONE, state="closed"))
    till.look()
    assert start(key="2").id == TWO
    assert state(till, TWO) == "pending"
    assert ended() not in till.told()


def test_a_number_that_is_taken_in_between_is_looked_at_again(till, wechat):
    till.meanwhile(lambda: till.attempt(ONE, "closed", provider="alipay"))
    assert start().id == TWO


def test_who_is_overtaken_three_times_tries_once_more_and_then_is_told(till, wechat):
    def dearer():
        till.set(Order, ORDER, payable=Fen(till.row(Order, ORDER)["payable"] + 1))

    till.meanwhile(dearer, dearer, dearer)
    assert start().amount.fen == PRICE + 3
    till.set(Payment, ONE, state="closed")
    till.meanwhile(dearer, dearer, dearer, dearer)
    assert refused(start, key="2") == [("ORDER_STATE_CONFLICT", {"state": "placed"})]
    assert len(till.rows(Payment)) == 1


def test_an_order_that_is_gone_in_between_is_unknown_at_once(till, wechat):
    held = till.cloud.engine.tables["jishi-orders"]

    def gone():
        for key, item in list(held.items.items()):
            till.cloud.engine.apply(held, key, item, None)

    till.meanwhile(gone)
    till.look()
    assert refused(start) == [("ORDER_NOT_FOUND", {})]
    assert till.calls.count("TransactWriteItems") == 1


def test_more_attempts_than_ninety_nine_are_not_made(till, wechat):
    till.set(Order, ORDER, attempts=99)
    assert refused(start) == [("TOO_MANY_PAYMENT_ATTEMPTS", {})]
    till.set(Order, ORDER, attempts=98)
    assert start().id == ORDER + "99"


def test_an_order_without_a_count_has_had_no_attempt(till, wechat):
    till.set(Order, ORDER, attempts=None)
    till.meanwhile(lambda: till.set(Order, ORDER, attempts=0))
    till.look()
    assert start().id == ONE
    assert "BatchGetItem" in till.calls  # the catalogue's words, not attempts
    assert json.loads(json.dumps(till.calls)).count("BatchGetItem") == 1


# ---- what a provider answers ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("trouble", [Unknown("x"), Throttled("x")])
def test_no_answer_leaves_the_attempt_open_and_names_the_others_who_answer(till, wechat, trouble):
    wechat.says["create"] = trouble
    calls.health.until["unionpay"] = till.at + timedelta(minutes=1)
    found = refused(start)
    assert [(code, facts["provider"]) for code, facts in found] == [("PAYMENT_PROVIDER_DOWN", "wechat")]
    ways = found[0][1]["methods"]
    assert {(way["provider"], way["product"]) for way in ways} == {("alipay", "page"), ("alipay", "qr")}
    assert state(till) == "created"


def test_a_provider_that_is_left_in_peace_is_down(till, wechat):
    calls.health.until["wechat"] = till.at + timedelta(minutes=1)
    caller = BUYER._replace(terminal="h5")
    found = refused(start, caller=caller)
    assert {(way["provider"], way["product"]) for way in found[0][1]["methods"]} == {
        ("alipay", "wap"),
        ("unionpay", "wap"),
    }
    assert (wechat.asked, state(till)) == ([], "created")


def test_a_no_ends_the_attempt(till, wechat):
    wechat.says["create"] = Declined("NO_AUTH")
    view = start()
    assert (view.id, view.state, view.next_action, state(till)) == (ONE, "failed", None, "failed")
    assert till.told() == [*created(till), ended(how="failed")]


def test_a_wrong_payer_ends_the_attempt_and_can_be_named_anew(till, wechat):
    wechat.says["create"] = PayerWrong("x")
    assert refused(start, product="jsapi", payer="o-1") == [("PAYER_REFUSED", {"provider": "wechat"})]
    assert state(till) == "failed"
    assert till.told() == [*created(till, product="jsapi"), ended(how="failed")]


def test_a_refusal_after_the_attempt_is_stored_is_not_covered_by_its_number(till, wechat):
    wechat.says["create"] = PayerWrong("x")
    starting = work(BUYER)
    command = StartPayment(provider="wechat", product="jsapi", payer="o-1")
    till.look()
    with pytest.raises(PayerRefused):  # as every door runs it, which looks back at what was said under the key
        perform(starting, start_payment, ORDER, command, starting)
    assert "TransactGetItems" not in till.calls


def test_what_is_there_already_and_paid_is_paid(till, wechat):
    wechat.says |= {"create": AlreadyDone("x"), "query": news()}
    view = start()
    assert (view.state, view.next_action, till.state()) == ("paid", None, "paid")


@pytest.mark.parametrize("found", [news("NOT_FOUND", None), Unknown("x"), news("UNKNOWN", None)])
def test_what_is_there_and_is_not_nobody_can_say(till, wechat, found):
    wechat.says |= {"create": AlreadyDone("x"), "query": found}
    assert refused(start)[0][0] == "PAYMENT_PROVIDER_DOWN"
    assert refused(start)[0][1]["provider"] == "wechat"
    assert state(till) == "created"


def test_what_is_there_unpaid_and_whose_next_action_is_lost_is_closed(till, wechat):
    wechat.says |= {"create": AlreadyDone("x"), "query": news("PENDING", None)}
    view = start()
    assert (view.state, view.next_action) == ("closed", None)
    assert till.told() == [*created(till), ended()]


def test_what_is_there_and_closed_is_closed(till, wechat):
    wechat.says |= {"create": AlreadyDone("x"), "query": news("CLOSED", None)}
    assert (start().state, till.told()) == ("closed", [*created(till), ended()])


def test_a_notice_that_is_faster_than_the_answer_is_believed(till, wechat):
    def paid_at_once():
        till.set(Payment, ONE, state="paid")
        return handed()

    wechat.says["create"] = paid_at_once
    view = start()
    assert (view.state, view.next_action, state(till)) == ("paid", None, "paid")


def test_news_that_are_faster_than_a_no_are_believed(till, wechat):
    def paid_at_once():
        till.set(Payment, ONE, state="paid")
        return Declined("x")

    wechat.says["create"] = paid_at_once
    till.look()
    assert start().state == "paid"
    assert till.told() == created(till)


def test_an_attempt_that_vanishes_is_nobody_s(till, wechat):
    held = till.cloud.engine.tables["jishi-payments"]

    def gone():
        for key, item in list(held.items.items()):
            till.cloud.engine.apply(held, key, item, None)

    for answer in (handed(), Declined("x")):
        wechat.says["create"] = lambda answer=answer: (gone(), answer)[1]
        with pytest.raises(CommitRejected, match="PAYMENT_NOT_FOUND"):
            start(key=repr(answer))
