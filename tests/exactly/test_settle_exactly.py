"""News of a payment, to the letter: what becomes of the money, of its order and its goods, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import Refused
from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.checkout.payment_rules import unwanted
from chalicelib.processes.checkout.service import settle_payment
from chalicelib.processes.checkout.service.settle_payment import settle
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import (
    PaymentDoubled,
    PaymentExceptionResolved,
    PaymentFailed,
    PaymentLate,
    PaymentMismatch,
    PaymentSucceeded,
    PaymentUnclaimed,
    RefundRequested,
)
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.service import attempts
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Done
from tests.exactly.till import (
    BUYER,
    FREE,
    HELD,
    LINES,
    ONE,
    ORDER,
    PRICE,
    PROOF,
    SHIRT,
    SOCKS,
    TWO,
    news,
    said,
    work,
)

PAID = {"state": "paid", "captured": PRICE, "provider_ref": "T1", "evidence": "e1"}
PAYS = [said(PaymentSucceeded(ONE, ORDER, "wechat", PRICE)), said(OrderPaid(ORDER, ONE))]
STRANGE = {"kind": "unknown", "state": "open", "provider": "wechat"}


def part(row, *names):
    return {name: row.get(name) for name in names}


def row_of(till, model, key, *names):
    return part(till.row(model, key), *names)


def only(till):
    (case,) = till.cases()
    return case


# ---- it pays its order ----------------------------------------------------------------------------------------------
def test_money_in_time_pays_its_order_in_one_write_without_a_read(till):
    till.order()
    till.attempt(hand_over="[]", told=b"sealed")
    at = till.at + timedelta(minutes=3)
    till.look()
    assert settle("wechat", news(paid_at=at), work()) == "paid"
    assert till.calls == ["TransactWriteItems"]
    assert till.row(Payment, ONE) == {
        **PAID, "id": ONE, "customer": BUYER.id, "provider": "wechat", "product": "native", "amount": PRICE, "spent": 0,
        "paid_at": millis(at), "created_at": millis(till.at), "expires_at": millis(till.at + timedelta(minutes=30)),
    }  # fmt: skip
    assert row_of(till, Order, ORDER, "state", "payment", "paid_at", "refunded") == {
        "state": "paid", "payment": ONE, "paid_at": millis(till.at), "refunded": 0,
    }  # fmt: skip
    assert till.told() == PAYS
    assert till.shelves() == HELD
    assert till.cases() == []


def test_money_whose_instant_nobody_tells_came_now(till):
    till.order()
    till.attempt()
    settle("wechat", news(), work())
    assert till.row(Payment, ONE)["paid_at"] == millis(till.at)


def test_an_attempt_that_was_closed_or_had_failed_pays_as_well(till):
    for n, state in enumerate(("created", "closed", "failed")):
        order = till.order(order_id=f"{ORDER[:-1]}{n}", lines=LINES[1:])
        number = till.attempt(order + "01", state, amount=Fen(1301))
        assert settle("wechat", news(amount=1301, number=number), work(key=state)) == "paid"
        assert (till.state(order), till.row(Payment, number)["state"]) == ("paid", "paid")


def test_the_same_news_under_the_same_key_were_said_before(till):
    till.order()
    till.attempt()
    settle("wechat", news(), work())
    till.look()
    with pytest.raises(Done):
        settle("wechat", news(), work())
    assert till.told() == []


def test_the_same_money_told_again_in_other_words_is_known(till):
    till.paid()
    before = till.tables()
    assert settle("wechat", news(), work(key="other")) == "known"
    assert till.tables() == before


def test_money_of_another_front_is_another_merchant_s(till):
    till.order()
    till.attempt()
    assert settle("wechat", news(products=("native", "app")), work()) == "paid"
    till.order(order_id=(other := ORDER[:-1] + "C"), lines=LINES[1:])
    till.attempt(other + "01", amount=Fen(1301))
    assert settle("wechat", news(number=other + "01", amount=1301, products=("jsapi",)), work(key="2")) == "mismatch"
    assert (till.state(other), only(till)["kind"]) == ("placed", "merchant")


# ---- an attempt with open questions ---------------------------------------------------------------------------------
def test_the_right_amount_puts_right_what_was_wrong_with_its_attempt(till):
    till.order()
    till.attempt(state="quarantined", captured=Fen(PRICE - 1))
    wrong = till.case("amount", detail=str(PRICE - 1), on=till.payment())
    silent = till.case("payment_silent", on=till.payment())
    other = till.case("currency", on=till.payment())
    till.look()
    assert settle("wechat", news(), work()) == "paid"
    assert till.state() == "paid"
    assert row_of(till, Payment, ONE, "state", "captured") == {"state": "paid", "captured": PRICE}
    ended = {case["id"]: part(case, "state", "resolution", "resolved_by") for case in till.cases()}
    by_shop = {"state": "resolved", "resolution": "settled", "resolved_by": "shop"}
    assert ended == {
        wrong: by_shop, silent: by_shop, other: {"state": "open", "resolution": None, "resolved_by": None},
    }  # fmt: skip
    resolved = [said(PaymentExceptionResolved(case, "settled")) for case in sorted((wrong, silent))]
    assert till.told() == [*resolved, *PAYS]


def test_money_for_an_expired_order_puts_right_what_was_wrong_with_its_attempt(till):
    till.order("expired")
    till.attempt(state="closed")
    silent = till.case("payment_silent", on=till.payment())
    till.look()
    assert settle("wechat", news(), work()) == "revived"
    assert said(PaymentExceptionResolved(silent, "settled")) in till.told()


def test_money_that_goes_back_puts_right_what_was_wrong_with_its_attempt(till):
    till.order("cancelled", given_up_by="customer")
    till.attempt(state="closed")
    silent = till.case("payment_silent", on=till.payment())
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    assert till.calls.count("TransactWriteItems") == 2  # the first without a look, the second after it
    assert said(PaymentExceptionResolved(silent, "settled")) in till.told()


def test_a_second_payment_puts_right_what_was_wrong_with_its_attempt(till):
    till.paid()
    till.attempt(TWO, state="closed")
    silent = till.case("payment_silent", TWO, on=till.payment(TWO))
    till.look()
    assert settle("wechat", news(number=TWO), work()) == "refunded"
    assert said(PaymentExceptionResolved(silent, "settled")) in till.told()
    double = next(case["id"] for case in till.cases() if case["kind"] == "double")
    assert till.row(Payment, TWO)["cases"] == {silent, double}
    assert till.rows(Refund)[0].cause == "double"


# ---- late money -----------------------------------------------------------------------------------------------------
def test_late_money_revives_an_expired_order_and_holds_its_goods_again(till):
    till.order("expired", pay_before=millis(till.at))
    till.attempt(state="closed")
    till.at += timedelta(hours=1)
    till.look()
    assert settle("wechat", news(), work()) == "revived"
    assert row_of(till, Order, ORDER, "state", "payment", "paid_at") == {
        "state": "paid", "payment": ONE, "paid_at": millis(till.at),
    }  # fmt: skip
    assert row_of(till, Payment, ONE, *PAID, "late", "spent") == {**PAID, "late": True, "spent": 0}
    assert till.shelves() == HELD
    assert till.told() == [said(OrderRevived(ORDER, ONE)), said(PaymentLate(ONE, ORDER, "revived")), *PAYS]
    assert till.rows(Refund) == []


def test_a_revived_order_takes_its_goods_from_whichever_bucket_has_them(till):
    till.order("expired")
    till.attempt(state="closed")
    inventory.spread(SHIRT, 3, work(key=None))  # 2, 2 and 1 pieces: the first two have what is wanted
    till.set_part(SHIRT, "b0", available=0)
    assert settle("wechat", news(), work()) == "revived"
    assert till.buckets(SHIRT) == [(0, 0), (0, 2), (1, 0)]


def test_a_revived_order_takes_its_goods_from_several_buckets_when_none_has_all(till):
    till.order("expired")
    till.attempt(state="closed")
    inventory.spread(SHIRT, 2, work(key=None))
    till.set_part(SHIRT, "b0", available=1)
    till.set_part(SHIRT, "b1", available=1)
    assert settle("wechat", news(), work()) == "revived"
    assert till.buckets(SHIRT) == [(0, 1), (0, 1)]


BACK = {"amount": PRICE, "state": "requested", "asked_by": "shop", "decided_by": "shop", "payment": ONE}


def goes_back(till, why):
    """All of it goes back, and its customer hears why."""
    (refund,) = till.rows(Refund)
    assert is_id(refund.id, "R")
    assert till.row(Refund, refund.id) == {
        **BACK, "id": refund.id, "cause": "late", "reason": "late", "created_at": millis(till.at),
    }  # fmt: skip
    assert row_of(till, Payment, ONE, *PAID, "late", "spent", "refunds", "cases") == {
        **PAID, "late": True, "spent": PRICE, "refunds": {refund.id}, "cases": None,
    }  # fmt: skip
    assert till.told() == [
        said(PaymentLate(ONE, ORDER, "refunded", why)),
        said(PaymentSucceeded(ONE, ORDER, "wechat", PRICE)),
        said(RefundRequested(refund.id, ONE, PRICE)),
    ]


@pytest.mark.parametrize(
    ("state", "more", "why"),
    [
        ("cancelled", {"given_up_by": "customer"}, "cancelled"),
        ("cancelled", {"given_up_by": "shop"}, "called_off"),
        ("cancelled", {}, "called_off"),
        ("expired", {"payable": Fen(PRICE - 100)}, "gone"),
        ("placed", {"payable": Fen(PRICE - 100)}, "repriced"),
        ("paid", {"payable": Fen(0)}, "free"),
    ],
)
def test_money_that_an_order_does_not_take_goes_back_in_full_with_the_reason(till, state, more, why):
    till.order(state, **more)
    till.attempt(state="closed")
    before, goods = till.row(Order, ORDER), till.shelves()
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    goes_back(till, why)
    assert till.row(Order, ORDER) == before
    assert till.shelves() == goods
    assert till.cases() == []


def test_why_an_order_takes_no_money():
    assert [unwanted(state, None) for state in ("placed", "paid", "expired")] == ["repriced", "free", "gone"]
    assert [unwanted("cancelled", by) for by in ("customer", "shop", None)] == ["cancelled", "called_off", "called_off"]


def test_late_money_goes_back_when_the_goods_are_gone(till):
    till.order("expired")
    till.attempt(state="closed")
    till.set_part(SHIRT, "b0", available=1)
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    goes_back(till, "gone")
    assert till.state() == "expired"
    assert till.shelves() == {SHIRT: (1, 0), SOCKS: (6, 0)}


def test_orders_revived_at_one_moment_spread_over_the_buckets_that_have_their_goods(till):
    inventory.spread(SOCKS, 2, work(key=None))
    moment, taken = till.snapshot(), set()
    for n in range(8):
        till.restore(moment)
        order = till.order("expired", order_id=f"{ORDER[:-1]}{n}", lines=LINES[1:])
        till.attempt(order + "01", amount=Fen(1301), state="closed")
        assert settle("wechat", news(amount=1301, number=order + "01"), work()) == "revived"
        taken.add(tuple(held for _, held in till.buckets(SOCKS)))
    assert taken == {(0, 1), (1, 0)}


def test_late_money_never_pays_another_price_than_it_came_for(till):
    till.order("expired")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set(Order, ORDER, payable=Fen(PRICE - 1)))
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    goes_back_after_a_race(till, "gone")
    assert till.shelves() == FREE


def test_late_money_goes_back_when_the_goods_go_while_it_is_looked_for_them(till):
    till.order("expired")
    till.attempt(state="closed")
    till.case("payment_silent", on=till.payment())
    till.look()
    till.meanwhile(None, lambda: till.set_part(SHIRT, "b0", available=1))
    assert settle("wechat", news(), work()) == "refunded"
    assert till.shelves() == {SHIRT: (1, 0), SOCKS: (6, 0)}
    goes_back_after_a_race(till, "gone")


def test_late_money_goes_back_when_the_goods_may_not_be_sold_any_more(till):
    till.order("expired")
    till.attempt(state="closed")
    till.set_part(SOCKS, "b0", closed="recall")
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    goes_back(till, "gone")
    assert till.shelves() == FREE


def goes_back_after_a_race(till, why):
    (refund,) = till.rows(Refund)
    assert till.row(Payment, ONE)["refunds"] == {refund.id}
    assert till.row(Payment, ONE)["spent"] == PRICE
    assert said(PaymentLate(ONE, ORDER, "refunded", why)) in till.told()
    assert said(RefundRequested(refund.id, ONE, PRICE)) in till.told()
    assert int(refund.amount) == PRICE


# ---- a second payment -----------------------------------------------------------------------------------------------
def test_a_second_payment_of_an_order_goes_back_in_full_and_lies_before_a_person_until_it_has(till):
    till.paid()
    till.attempt(TWO)
    before = till.row(Order, ORDER)
    till.look()
    assert settle("alipay", news(number=TWO), work()) == "mismatch"  # another provider's word
    till.set(Payment, TWO, provider="alipay")
    till.look()
    assert settle("alipay", news(number=TWO), work(key="2")) == "refunded"
    (refund,) = till.rows(Refund)
    case = next(case for case in till.cases() if case["kind"] == "double")
    assert case == {
        "id": case["id"], "state": "open", "kind": "double", "provider": "alipay", "payment": TWO,
        "at": millis(till.at), "received": PRICE, "provider_ref": "T1", "evidence": "e1",
    }  # fmt: skip
    assert till.row(Refund, refund.id) == {
        **BACK, "id": refund.id, "payment": TWO, "cause": "double", "reason": "double", "created_at": millis(till.at),
    }  # fmt: skip
    assert row_of(till, Payment, TWO, *PAID, "late", "spent", "refunds", "cases") == {
        **PAID, "late": True, "spent": PRICE, "refunds": {refund.id}, "cases": {case["id"]},
    }  # fmt: skip
    assert till.told() == [
        said(PaymentDoubled(TWO, ORDER)),
        said(PaymentSucceeded(TWO, ORDER, "alipay", PRICE)),
        said(RefundRequested(refund.id, TWO, PRICE)),
    ]
    assert till.row(Order, ORDER) == before
    assert till.shelves() == HELD


def test_a_second_payment_goes_back_also_when_its_order_was_paid_just_now(till):
    till.order()
    till.attempt(ONE)
    till.attempt(TWO)
    till.meanwhile(lambda: till.set(Order, ORDER, state="paid", payment=ONE))
    assert settle("wechat", news(number=TWO), work()) == "refunded"
    assert only(till)["kind"] == "double"


# ---- the order moves while we look ----------------------------------------------------------------------------------
def test_an_order_that_expires_just_before_its_money_is_revived(till):
    till.order()
    till.attempt()
    till.meanwhile(lambda: _expire(till))
    till.look()
    assert settle("wechat", news(), work()) == "revived"
    assert (till.state(), till.shelves()) == ("paid", HELD)


def _expire(till):
    till.set(Order, ORDER, state="expired")
    till.write(*inventory.release([(SHIRT, 0, 2), (SOCKS, 0, 1)]))


def _placed(till):
    till.set(Order, ORDER, state="placed")
    till.write(*inventory.hold([(SHIRT, 0, 2), (SOCKS, 0, 1)]))


def test_an_order_that_turns_as_often_as_it_is_looked_at_gets_its_money_at_the_fourth_look(till):
    till.order()
    till.attempt()
    turns = [lambda: _expire(till), lambda: _placed(till), lambda: _expire(till), lambda: _placed(till)]
    till.meanwhile(*turns)
    till.look()
    assert settle("wechat", news(), work()) == "paid"
    assert till.told() == PAYS
    assert (till.state(), till.shelves()) == ("paid", HELD)


def test_an_order_that_never_stands_still_gets_its_money_back_in_the_end(till):
    till.order()
    till.attempt()
    till.case("payment_silent", on=till.payment())
    turns = [lambda: _expire(till), lambda: _placed(till), lambda: _expire(till), lambda: _placed(till)]
    till.meanwhile(*turns, lambda: _expire(till))
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    goes_back_after_a_race(till, "repriced")
    assert (till.state(), till.shelves()) == ("expired", FREE)


def test_what_another_worker_settled_meanwhile_is_known(till):
    till.order("cancelled")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set(Payment, ONE, state="paid"))
    assert settle("wechat", news(), work()) == "known"
    assert till.rows(Refund) == []


def test_what_another_worker_revived_meanwhile_is_known(till):
    till.order("expired")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set(Payment, ONE, state="paid"))
    till.look()
    assert settle("wechat", news(), work()) == "known"
    assert till.calls.count("TransactWriteItems") == 3  # one of them is the other worker's
    assert till.shelves() == FREE


def test_what_another_worker_settled_at_the_last_look_is_known(till):
    till.order("expired")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set_part(SHIRT, "b0", available=1), lambda: till.set(Payment, ONE, state="paid"))
    assert settle("wechat", news(), work()) == "known"
    assert till.rows(Refund) == []


def test_an_exception_that_is_opened_just_before_the_money_is_put_right_by_it(till):
    till.order("cancelled")
    till.attempt(state="closed")
    found = []
    till.meanwhile(None, lambda: found.append(till.case("payment_silent", on=till.payment())))
    till.look()
    assert settle("wechat", news(), work()) == "refunded"
    assert said(PaymentExceptionResolved(found[0], "settled")) in till.told()


def test_a_quarantined_payment_that_is_on_its_way_back_is_settled_no_more(till):
    till.order()
    till.attempt(state="quarantined", captured=Fen(5), spent=Fen(5))
    before = till.tables()
    assert settle("wechat", news(), work()) == "known"
    assert till.tables() == before


# ---- money that does not fit ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", ["created", "pending", "failed", "closed"])
def test_another_amount_is_captured_pays_nothing_and_lies_before_a_person(till, state):
    till.order()
    till.attempt(state=state, hand_over="[]", told=b"sealed")
    till.look()
    assert settle("wechat", news(amount=PRICE - 1), work()) == "mismatch"
    case = only(till)
    assert case == {
        "id": case["id"], "state": "open", "kind": "amount", "provider": "wechat", "payment": ONE, "at": millis(till.at),
        "expected": PRICE, "received": PRICE - 1, "provider_ref": "T1", "evidence": "e1",
    }  # fmt: skip
    assert row_of(till, Payment, ONE, "state", "captured", "paid_at", "cases", "hand_over", "told", *PROOF) == {
        "state": "quarantined", "captured": PRICE - 1, "paid_at": millis(till.at), "cases": {case["id"]},
        "hand_over": None, "told": None, **PROOF,
    }  # fmt: skip
    assert till.told() == [said(PaymentMismatch(case["id"], ONE, "wechat", "amount"))]
    assert till.counted == {"PaymentMismatch wechat": 1}
    assert till.state() == "placed"


def test_the_same_wrong_amount_told_again_is_the_same_exception(till):
    till.order()
    till.attempt()
    settle("wechat", news(amount=7), work())
    first = only(till)
    till.look()
    assert settle("wechat", news(amount=7), work(key="2")) == "mismatch"
    assert (only(till), till.told()) == (first, [])


def test_a_second_wrong_amount_is_an_exception_that_the_right_one_will_put_right(till):
    till.order()
    till.attempt()
    settle("wechat", news(amount=7), work())
    till.look()
    assert settle("wechat", news(amount=8), work(key="2")) == "mismatch"
    seven, eight = sorted(till.cases(), key=lambda case: case["received"])
    assert [case["received"] for case in (seven, eight)] == [7, 8]
    assert row_of(till, Payment, ONE, "captured", "cases") == {"captured": 7, "cases": {seven["id"], eight["id"]}}
    assert till.told() == [said(PaymentMismatch(eight["id"], ONE, "wechat", "amount"))]
    assert settle("wechat", news(), work(key="3")) == "paid"
    assert {case["state"] for case in till.cases()} == {"resolved"}


def test_another_amount_for_what_is_paid_already_is_an_exception_beside_it(till):
    till.paid()
    before = till.row(Payment, ONE)
    assert settle("wechat", news(amount=7), work()) == "mismatch"
    assert part(only(till), "kind", "expected", "received") == {"kind": "amount", "expected": PRICE, "received": 7}
    assert till.row(Payment, ONE) == before


@pytest.mark.parametrize("trouble", ["merchant", "currency"])
def test_another_merchant_s_or_another_currency_s_money_touches_nothing(till, trouble):
    till.order()
    till.attempt()
    before = till.row(Payment, ONE)
    till.look()
    assert settle("wechat", news(mismatch=trouble), work()) == "mismatch"
    case = only(till)
    assert part(case, "kind", "expected", "received", "provider") == {
        "kind": trouble, "expected": PRICE, "received": PRICE, "provider": "wechat",
    }  # fmt: skip
    assert till.told() == [said(PaymentMismatch(case["id"], ONE, "wechat", trouble))]
    assert till.counted == {"PaymentMismatch wechat": 1}
    assert (till.row(Payment, ONE), till.state()) == (before, "placed")


def test_another_merchant_s_money_of_which_no_amount_is_told_and_for_no_attempt_of_ours(till):
    assert settle("wechat", news(amount=None, mismatch="merchant"), work()) == "mismatch"
    assert part(only(till), "kind", "expected", "received", "payment") == {
        "kind": "merchant", "expected": None, "received": None, "payment": ONE,
    }  # fmt: skip


def test_another_provider_s_word_pays_nothing(till):
    till.order()
    till.attempt()
    till.look()
    assert settle("alipay", news(), work()) == "mismatch"
    assert part(only(till), "kind", "provider") == {"kind": "provider", "provider": "alipay"}
    assert till.counted == {"PaymentMismatch alipay": 1}
    assert (till.row(Payment, ONE)["state"], till.state()) == ("pending", "placed")


def test_two_amounts_of_another_merchant_are_two_exceptions(till):
    till.attempt()
    settle("wechat", news(amount=7, mismatch="merchant"), work())
    settle("wechat", news(amount=8, mismatch="merchant"), work(key="2"))
    settle("wechat", news(amount=8, mismatch="merchant"), work(key="3"))
    assert sorted(case["received"] for case in till.cases()) == [7, 8]


def test_a_wrong_amount_of_what_moves_meanwhile_is_told_again(till):
    till.order()
    till.attempt(state="quarantined")
    moves = [lambda: till.set(Payment, ONE, state="paid")]
    till.meanwhile(None, None, *moves)
    with pytest.raises(Refused):  # whoever tells us is not answered, and tells us again
        settle("wechat", news(amount=7), work())
    assert till.cases() == []
    assert settle("wechat", news(amount=7), work()) == "mismatch"
    assert only(till)["kind"] == "amount"


# ---- nobody knows it ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "number",
    [ONE, "", "01", ORDER, "P" + ONE[1:], ORDER + "0", ORDER + "0A", ORDER + "A0", ONE + "1", "x" * 70, ORDER + "٠١"],
)
def test_money_for_a_number_that_nobody_knows_is_parked_and_looked_at_a_day_later(till, number):
    till.look()
    assert settle("wechat", news(number=number), work()) == "unknown"
    case = only(till)
    assert case == {
        **STRANGE, "id": case["id"], "payment": number[:64], "at": millis(till.at), "received": PRICE, **PROOF,
    }  # fmt: skip
    assert till.told() == [said(PaymentUnclaimed(case["id"], number[:64]), at=till.at + timedelta(hours=24))]
    settle("wechat", news(number=number), work())  # it is not done under its key: a repeat is looked at anew
    assert len(till.cases()) == 1
    assert till.rows(Order) == []


def test_what_is_parked_by_a_repeat_is_the_same_exception(till):
    assert settle("wechat", news(), work()) == "unknown"
    first = only(till)
    till.at += timedelta(minutes=5)
    assert settle("wechat", news(), work()) == "unknown"
    assert only(till) == first


def test_a_number_of_ours_is_an_order_s_with_two_digits():
    assert settle_payment.is_payment_id(ONE)
    assert settle_payment.is_payment_id(ORDER + "99")
    wrong = (ORDER, ONE + "0", "R" + ONE[1:], ORDER + "A1", ORDER + "1A", "", "1", ORDER.lower() + "01")
    assert [number for number in wrong if settle_payment.is_payment_id(number)] == []


def test_also_an_end_of_a_number_that_is_not_ours_is_parked(till):
    assert settle("wechat", news("CLOSED", None, number="x"), work()) == "unknown"
    assert only(till)["kind"] == "unknown"


# ---- ends and no news -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("status", "state"), [("CLOSED", "closed"), ("FAILED", "failed")])
def test_an_attempt_that_cannot_be_paid_any_more_ends(till, status, state):
    till.order()
    till.attempt(hand_over="[]", told=b"sealed")
    till.look()
    assert settle("wechat", news(status, None), work()) == "ended"
    assert row_of(till, Payment, ONE, "state", "hand_over", "told", "captured") == {
        "state": state, "hand_over": None, "told": None, "captured": 0,
    }  # fmt: skip
    assert till.told() == [said(PaymentFailed(ONE, ORDER, "wechat", state))]
    assert till.state() == "placed"


def test_an_attempt_that_has_ended_is_known_to_have(till):
    till.attempt(state="closed")
    till.attempt(TWO, state="paid")
    before = till.tables()
    assert settle("wechat", news("CLOSED", None), work()) == "known"
    assert settle("wechat", news("FAILED", None, number=TWO), work(key="2")) == "known"
    assert till.tables() == before


@pytest.mark.parametrize(
    ("status", "mismatch"),
    [("PENDING", ""), ("NOT_FOUND", ""), ("UNKNOWN", ""), ("CLOSED", "merchant"), ("FAILED", "currency")],
)
def test_what_says_nothing_changes_nothing(till, status, mismatch):
    till.order()
    till.attempt()
    before = till.tables()
    assert settle("wechat", news(status, mismatch=mismatch), work()) == "nothing"
    assert till.tables() == before


def test_every_outcome_is_committed_under_the_news_own_key(till):
    """A notice that comes again is answered by the journal, whatever became of the money."""
    scenes = {"paid": {}, "expired": {}, "cancelled": {}, "wrong": {"amount": 7}, "ended": {"status": "CLOSED"}}
    for n, (name, more) in enumerate(scenes.items()):
        order = till.order(
            name if name in ("expired", "cancelled") else "placed", order_id=f"{ORDER[:-1]}{n}", lines=LINES[1:]
        )
        till.attempt(order + "01", amount=Fen(1301), state="pending")
        told = news(**{"amount": 1301, "number": order + "01", **more})
        settle("wechat", told, work(key=name))
        with pytest.raises(Done):
            settle("wechat", told, work(key=name))
    keys = [row.key for row in till.rows(Journal) if not row.key.startswith(".")]
    assert len(keys) == len(scenes)


def test_an_order_s_row_that_is_gone_is_not_paid(till):
    till.attempt()
    with pytest.raises(Exception, match="ORDER_NOT_FOUND"):
        settle("wechat", news(), work())
    assert attempts.find(ONE).state == "pending"
    assert till.rows(PaymentException) == []
