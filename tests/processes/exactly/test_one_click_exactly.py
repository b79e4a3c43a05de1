"""One click, to the letter: one order, its present payment, or why there is none and what to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import iso
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service import quotes
from chalicelib.processes.ordering.service.one_click import one_click
from chalicelib.processes.ordering.shapes import OneClick
from chalicelib.processes.paying.shapes import StartPayment
from chalicelib.records.identity.accounts.service import contact
from chalicelib.records.identity.model import BOOK, Book
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import Payment
from chalicelib.records.payments.providers.port import Declined, PayerWrong, Unknown
from chalicelib.records.payments.service import calls
from chalicelib.runtime import switches
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import put
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import BUYER, SHIRT, SOCKS, handed, news, refused, work

NAMED = {"title_zh": "01 号", "title_en": "No. 01"}
ADDRESS = "D01KJPB7WG000000000000000A1"
COST = 1999 + 800
URL = "https://pay.test/x"
FRIEND = Caller("C01KJPB7WG0000000000000000B", "customer", ip="203.0.113.8")


@pytest.fixture
def wechat(till):
    """Shirts and socks on sale, two customers with addresses, and providers that take what they are asked."""
    till.sku(SHIRT, 1999)
    till.sku(SOCKS, 501)
    till.write(*(put(Book(who.id, BOOK, default=ADDRESS)) for who in (BUYER, FRIEND)))
    for one in till.providers.values():
        one.says = {"create": handed(), "close": "CLOSED"}
    till.look()
    return till.providers["wechat"]


def click(sku=SHIRT, quantity=1, *, key="k", caller=BUYER, provider="wechat", product="native", payer=None):
    pay = StartPayment(provider=provider, product=product, payer=payer)
    return one_click(OneClick(sku=sku, quantity=quantity, pay=pay), work(caller, key=key))


def again(**more):
    """What the same click is answered when it comes again."""
    with pytest.raises(AlreadyCommitted) as done:
        click(**more)
    return done.value.view


def only(till):
    (order,) = till.rows(Order)
    return order.id


def codes(act, **more):
    return [code for code, _ in refused(act, **more)]


# ---- ordered --------------------------------------------------------------------------------------------------------
def test_one_click_is_an_order_and_a_payment_that_can_be_paid(till, wechat):
    view = click(quantity=2)
    order = till.row(Order, view.order.order_id)
    assert (order["state"], order["payable"], order["address"]) == ("placed", 3998 + 800, ADDRESS)
    assert till.shelves()[SHIRT] == (3, 2)
    assert (view.order.payable.fen, view.order.pay_before) == (3998 + 800, iso(till.at + timedelta(minutes=30)))
    assert (view.payment.order_id, view.payment.state, view.payment.next_action.url) == (order["id"], "pending", URL)
    assert (view.reason, view.next, view.ask_again_after, view.retry_after) == (None, None, 2, 2)


def test_the_first_click_reads_what_it_sells_and_no_more(till, wechat):
    click(sku=SOCKS, key="switches are remembered from here on")
    till.look()
    click()
    ordering, paying = ["BatchGetItem", "TransactWriteItems"], ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert till.calls == [*ordering, *paying, "TransactWriteItems"]  # the last keeps what was handed over


def test_who_signs_in_by_wechat_need_not_say_who_pays(till, wechat, monkeypatch):
    monkeypatch.setattr(contact, "wechat_payer", {BUYER.id: "o-known"}.get)
    assert click(product="mini").payment.next_action is not None
    assert wechat.asked[0][1].payer_ref == "o-known"


def test_the_same_click_again_is_the_same_order_with_the_same_payment(till, wechat):
    first = click()
    assert again() == first
    assert (len(till.rows(Order)), len(till.rows(Payment)), wechat.ops()) == (1, 1, ["create"])


def test_what_cannot_be_paid_or_ordered_at_all_is_said_before_anything_is_ordered(till, wechat):
    assert codes(click, product="page") == ["PAYMENT_METHOD_UNKNOWN"]
    assert codes(click, provider="alipay", product="mini") == ["PAYER_NEEDED"]
    till.write(switches.turn("placing_paused", True))
    switches.forget()
    assert codes(click) == ["PLACING_PAUSED"]
    assert till.rows(Order) == []


def test_without_a_default_address_nothing_is_ordered(till, wechat):
    till.write(put(Book(BUYER.id, BOOK)))
    assert codes(click) == ["ADDRESS_NEEDED"]


def test_above_the_limit_its_quote_is_to_be_confirmed(till, wechat, monkeypatch):
    monkeypatch.setenv("ONE_CLICK_LIMIT_FEN", str(COST - 1))
    ((code, facts),) = refused(click)
    assert code == "CONFIRMATION_NEEDED"
    quote = quotes.read(facts["quote"]["quote"], BUYER.id)
    assert ([line.sku for line in quote.lines], quote.payable, quote.from_cart) == ([SHIRT], COST, False)
    assert till.rows(Order) == []
    monkeypatch.setenv("ONE_CLICK_LIMIT_FEN", str(COST))
    assert click().payment is not None


def test_much_money_wants_to_know_once_more_who_it_is(till, wechat, monkeypatch):
    monkeypatch.setenv("STEP_UP_FEN", str(COST))
    assert refused(click) == [("STEP_UP_NEEDED", {"limit": COST})]
    assert till.rows(Order) == []
    assert click(caller=BUYER._replace(fresh=True)).payment is not None


def test_what_costs_nothing_is_paid_by_being_ordered(till, wechat, monkeypatch):
    monkeypatch.setenv("FREIGHT_FEN", "0")
    till.sku(SHIRT, 0)
    view = click()
    assert (view.payment, view.reason, view.ask_again_after) == (None, None, None)
    assert till.state(only(till)) == "paid"
    assert (again(), wechat.asked) == (view, [])


# ---- a second click -------------------------------------------------------------------------------------------------
def test_another_click_for_the_same_within_a_minute_is_a_slip_of_the_finger(till, wechat):
    order = click().order.order_id
    for later, seconds in ((0, 60), (timedelta(seconds=59, milliseconds=1), 1), (timedelta(milliseconds=998), 1)):
        till.at += later or timedelta()
        assert refused(click, key="2") == [
            ("JUST_ORDERED", {"sku": SHIRT, **NAMED, "order_id": order, "seconds": seconds})
        ]
    till.at += timedelta(milliseconds=1)
    assert click(key="2").order.order_id != order


def test_a_second_that_has_begun_is_waited_for(till, wechat):
    click()
    till.at += timedelta(milliseconds=1)
    assert refused(click, key="2")[0][1]["seconds"] == 60
    till.at += timedelta(seconds=30)
    assert refused(click, key="2")[0][1]["seconds"] == 30


def test_another_thing_or_another_one_s_click_is_none(till, wechat):
    click()
    assert click(sku=SOCKS, key="2").payment is not None
    assert click(caller=FRIEND).payment is not None
    assert len(till.rows(Order)) == 3


@pytest.mark.parametrize("state", ["cancelled", "expired", "paid"])
def test_an_order_that_is_over_or_paid_lets_its_customer_order_again_at_once(till, wechat, state):
    first = click().order.order_id
    till.set(Order, first, state=state)
    second = click(key="2").order.order_id
    assert second != first
    assert refused(click, key="3") == [("JUST_ORDERED", {"sku": SHIRT, **NAMED, "order_id": second, "seconds": 60})]


def test_an_order_that_cost_nothing_stands_although_it_is_paid(till, wechat):
    first = click().order.order_id
    till.set(Order, first, state="paid", payable=Fen(0))
    assert codes(click, key="2") == ["JUST_ORDERED"]


def test_what_stands_against_it_is_said_beside_the_order_that_stands(till, wechat):
    order = click(quantity=5).order.order_id
    assert refused(click, key="2") == [
        ("OUT_OF_STOCK", {"sku": SHIRT, **NAMED, "left": 0}),
        ("JUST_ORDERED", {"sku": SHIRT, **NAMED, "order_id": order, "seconds": 60}),
    ]


def test_what_stands_against_it_is_said_alone_where_no_order_stands(till, wechat):
    assert refused(click, quantity=6) == [("OUT_OF_STOCK", {"sku": SHIRT, **NAMED, "left": 5})]
    click(quantity=5, key="2")
    till.at += timedelta(minutes=1)
    assert refused(click, key="3") == [("OUT_OF_STOCK", {"sku": SHIRT, **NAMED, "left": 0})]


def test_what_stands_against_it_is_said_alone_where_the_former_order_is_over(till, wechat):
    till.set(Order, click(quantity=5).order.order_id, state="cancelled")
    assert refused(click, key="2") == [("OUT_OF_STOCK", {"sku": SHIRT, **NAMED, "left": 0})]


def test_of_two_clicks_at_once_one_is_told_of_the_other(till, wechat):
    found = []
    till.meanwhile(lambda: found.append(click(key="other").order.order_id))
    assert refused(click) == [("JUST_ORDERED", {"sku": SHIRT, **NAMED, "order_id": found[0], "seconds": 60})]
    assert len(till.rows(Order)) == 1


def test_a_former_order_that_was_over_and_is_followed_by_another_meanwhile_guards_no_more(till, wechat):
    till.set(Order, click().order.order_id, state="cancelled")
    found = []
    till.meanwhile(None, lambda: found.append(click(key="other").order.order_id))
    assert refused(click, key="2") == [("JUST_ORDERED", {"sku": SHIRT, **NAMED, "order_id": found[0], "seconds": 60})]


# ---- no payment -----------------------------------------------------------------------------------------------------
def test_an_order_whose_provider_is_silent_stands_and_says_how_else_to_pay(till, wechat):
    wechat.says["create"] = Unknown("x")
    calls.health.until["unionpay"] = till.at + timedelta(minutes=1)
    view = click()
    order = only(till)
    assert (view.order.order_id, view.payment, view.ask_again_after) == (order, None, 30)
    assert (view.reason.code, view.reason.params) == ("PAYMENT_PROVIDER_DOWN", {"provider": "wechat"})
    assert view.reason.title == "支付渠道 微信支付 暂时不可用，请换一种方式"
    assert (view.next.method, view.next.path) == ("POST", f"/v1/orders/{order}/payments")
    assert {(way.provider, way.product) for way in view.next.methods} == {("alipay", "page"), ("alipay", "qr")}
    english = again(caller=BUYER._replace(language="en", terminal="h5"))
    assert english.reason.title.startswith("WeChat") or "does not answer" in english.reason.title
    assert {way.product for way in english.next.methods} == {"wap"}
    wechat.says["create"] = handed()
    assert again().payment.id == order + "01"  # the very attempt whose answer was lost
    assert len(till.rows(Payment)) == 1


def test_an_order_whose_payment_was_declined_says_so(till, wechat):
    wechat.says["create"] = Declined("x")
    view = click()
    assert (view.reason.code, view.reason.params) == ("PAYMENT_DECLINED", {"provider": "wechat"})
    assert {way.provider for way in view.next.methods} == {"alipay", "unionpay"}
    assert view.ask_again_after is None
    wechat.says["create"] = handed()
    assert again().payment.state == "pending"  # a new attempt, since the first came to nothing
    assert [row.state for row in sorted(till.rows(Payment), key=lambda row: row.id)] == ["failed", "pending"]


def test_a_payer_whom_the_provider_does_not_know_can_be_named_anew(till, wechat):
    wechat.says["create"] = PayerWrong("x")
    view = click(product="jsapi", payer="o-1")
    assert (view.reason.code, view.reason.params) == ("PAYER_REFUSED", {"provider": "wechat"})


def test_an_attempt_that_is_closed_at_once_is_told(till, wechat):
    def closed():
        till.set(Payment, only(till) + "01", state="closed")
        return handed()

    wechat.says["create"] = closed
    view = click()
    assert (view.reason.code, view.reason.params) == ("PAYMENT_STATE_CONFLICT", {"state": "closed"})
    assert view.next is not None


@pytest.mark.parametrize("state", ["paid", "quarantined"])
def test_an_attempt_that_has_its_money_at_once_hands_nothing_over_and_need_not(till, wechat, state):
    def paid():
        till.set(Payment, only(till) + "01", state=state)
        return handed()

    wechat.says["create"] = paid
    view = click()
    assert (view.payment.state, view.payment.next_action, view.reason) == (state, None, None)


def test_an_order_that_never_stands_still_while_its_payment_starts_says_so(till, wechat):
    def dearer():
        till.set(Order, only(till), payable=Fen(till.row(Order, only(till))["payable"] + 1))

    till.meanwhile(None, dearer, dearer, dearer, dearer)
    view = click()
    assert (view.payment, view.reason.code, view.reason.params) == (None, "ORDER_STATE_CONFLICT", {"state": "placed"})


def test_an_order_that_moves_before_its_payment_starts_has_nothing_next(till, wechat):
    till.meanwhile(None, lambda: till.set(Order, only(till), state="cancelled"))
    view = click()
    assert (view.reason.code, view.reason.params) == ("ORDER_STATE_CONFLICT", {"state": "cancelled"})
    assert (view.payment, view.next, view.ask_again_after) == (None, None, None)


# ---- its present payment --------------------------------------------------------------------------------------------
def test_the_payment_that_paid_the_order_is_answered(till, wechat):
    first = click()
    till.set(Payment, first.payment.id, state="paid")
    till.attempt(first.order.order_id + "02")
    till.set(Order, first.order.order_id, state="paid", payment=first.payment.id)
    view = again()
    assert (view.payment.id, view.payment.state, view.payment.next_action) == (first.payment.id, "paid", None)


@pytest.mark.parametrize("state", ["cancelled", "expired"])
def test_an_order_that_is_over_says_so(till, wechat, state):
    till.set(Order, click().order.order_id, state=state)
    view = again()
    assert (view.payment, view.reason.code, view.reason.params) == (None, "ORDER_STATE_CONFLICT", {"state": state})
    assert view.next is None


def test_an_order_that_was_made_free_needs_no_payment(till, wechat):
    till.set(Order, click().order.order_id, state="paid")
    view = again()
    assert (view.payment, view.reason) == (None, None)


def test_an_order_whose_time_has_run_out_is_not_paid_any_more(till, wechat):
    wechat.says["create"] = handed(60)
    click()
    till.at += timedelta(minutes=30) - timedelta(milliseconds=1)
    assert again().payment.state == "pending"
    till.at += timedelta(milliseconds=1)
    assert again().reason.params == {"state": "expired"}


def test_the_latest_attempt_that_can_be_paid_is_answered(till, wechat):
    first = click()
    for n, url in ((2, "two"), (3, "three")):
        till.attempt(
            first.order.order_id + f"0{n}", next_action=f'["qr","{url}",{{}}]', valid_until=till.at + timedelta(days=1)
        )
    assert again().payment.next_action.url == "three"
    till.set(Payment, first.order.order_id + "03", state="closed")
    assert again().payment.next_action.url == "two"
    assert wechat.ops() == ["create"]


def test_where_none_can_be_paid_another_is_started_once(till, wechat):
    first = click()
    till.set(Payment, first.payment.id, state="closed")
    wechat.says["create"] = Unknown("x")
    assert again().reason.code == "PAYMENT_PROVIDER_DOWN"
    wechat.says["create"] = handed()
    view = again()  # the attempt whose answer was lost, under the same key
    assert (view.payment.id, len(till.rows(Payment))) == (first.order.order_id + "02", 2)
    till.set(Payment, view.payment.id, state="failed")
    assert again().payment.id == first.order.order_id + "03"


def test_two_repeats_at_once_start_one_payment(till, wechat):
    first = click()
    till.set(Payment, first.payment.id, state="failed")
    till.meanwhile(lambda: again())
    view = again()
    assert (view.payment.id, len(till.rows(Payment))) == (first.order.order_id + "02", 2)


def test_money_that_came_meanwhile_is_found_by_the_next_repeat(till, wechat):
    first = click()
    till.set(Payment, first.payment.id, valid_until=till.at, asked="other")
    wechat.says |= {"close": "ALREADY_PAID", "query": news(number=first.payment.id, amount=COST)}
    view = again()
    assert view.reason is None or view.reason.code == "ORDER_STATE_CONFLICT"
    assert again().payment.state == "paid"


def test_another_one_s_click_under_the_same_key_is_their_own(till, wechat):
    mine, theirs = click(), click(caller=FRIEND)
    assert mine.order.order_id != theirs.order.order_id
    assert till.row(Order, theirs.order.order_id)["customer"] == FRIEND.id
