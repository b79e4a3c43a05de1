"""News of a payment, to the letter: what becomes of the money, of its order and its goods, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.rules import unwanted
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.events import OrderPaid, OrderRevived
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.events import (
    PaymentDoubled,
    PaymentExceptionResolved,
    PaymentLate,
    PaymentSucceeded,
    RefundRequested,
)
from chalicelib.records.payments.model import Payment, Refund
from chalicelib.runtime.work import AlreadyCommitted
from tests.processes.exactly.till import (
    BUYER,
    FREE,
    HELD,
    LINES,
    ONE,
    ORDER,
    PRICE,
    SHIRT,
    SOCKS,
    TWO,
    news,
    part,
    said,
    work,
)
from tests.support.doors import done

PAID = {"state": "paid", "captured": PRICE, "provider_ref": "T1", "evidence": "e1"}
PAYS = [said(PaymentSucceeded(ONE, ORDER, "wechat", PRICE)), said(OrderPaid(ORDER, ONE))]
STRANGE = {"kind": "unknown", "state": "open", "provider": "wechat"}


def row_of(till, model, key, *names):
    return part(till.row(model, key), *names)


def only(till):
    (case,) = till.cases()
    return case


# ---- it pays its order ----------------------------------------------------------------------------------------------
def test_money_in_time_pays_its_order_in_one_write_without_a_read(till):
    till.order()
    till.attempt(next_action="[]", told=b"sealed")
    at = till.at + timedelta(minutes=3)
    till.look()
    assert settle_payment("wechat", news(paid_at=at), work()) == "paid"
    assert till.calls == ["TransactWriteItems"]
    assert till.row(Payment, ONE) == {
        **PAID,
        "id": ONE,
        "customer": BUYER.id,
        "provider": "wechat",
        "product": "native",
        "amount": PRICE,
        "refund_reserved": 0,
        "paid_at": at,
        "created_at": till.at,
        "expires_at": till.at + timedelta(minutes=30),
    }
    assert row_of(till, Order, ORDER, "state", "payment", "paid_at", "refunded") == {
        "state": "paid",
        "payment": ONE,
        "paid_at": till.at,
        "refunded": 0,
    }
    assert till.told() == PAYS
    assert till.shelves() == HELD
    assert till.cases() == []


def test_money_whose_instant_nobody_tells_came_now(till):
    till.order()
    till.attempt()
    settle_payment("wechat", news(), work())
    assert till.row(Payment, ONE)["paid_at"] == till.at


def test_an_attempt_that_was_closed_or_had_failed_pays_as_well(till):
    for n, state in enumerate(("created", "closed", "failed")):
        order = till.order(order_id=f"{ORDER[:-1]}{n}", lines=LINES[1:])
        number = till.attempt(order + "01", state, amount=Fen(1301))
        assert settle_payment("wechat", news(amount=1301, number=number), work(key=state)) == "paid"
        assert (till.state(order), till.row(Payment, number)["state"]) == ("paid", "paid")


def test_the_same_news_under_the_same_key_were_said_before(till):
    till.order()
    till.attempt()
    settle_payment("wechat", news(), work())
    till.look()
    with pytest.raises(AlreadyCommitted):
        settle_payment("wechat", news(), work())
    assert till.told() == []


def test_the_same_money_told_again_in_other_words_is_known(till):
    till.paid()
    before = till.tables()
    assert settle_payment("wechat", news(), work(key="other")) == "known"
    assert till.tables() == before


def test_money_of_another_front_is_another_merchant_s(till):
    till.order()
    till.attempt()
    assert settle_payment("wechat", news(products=("native", "app")), work()) == "paid"
    till.order(order_id=(other := ORDER[:-1] + "C"), lines=LINES[1:])
    till.attempt(other + "01", amount=Fen(1301))
    assert (
        settle_payment("wechat", news(number=other + "01", amount=1301, products=("jsapi",)), work(key="2"))
        == "mismatch"
    )
    assert (till.state(other), only(till)["kind"]) == ("placed", "merchant")


# ---- an attempt with open questions ---------------------------------------------------------------------------------
def test_the_right_amount_puts_right_what_was_wrong_with_its_attempt(till):
    till.order()
    till.attempt(state="quarantined", captured=Fen(PRICE - 1))
    wrong = till.case("amount", detail=str(PRICE - 1), on=till.payment())
    silent = till.case("payment_silent", on=till.payment())
    other = till.case("currency", on=till.payment())
    till.look()
    assert settle_payment("wechat", news(), work()) == "paid"
    assert till.state() == "paid"
    assert row_of(till, Payment, ONE, "state", "captured") == {"state": "paid", "captured": PRICE}
    ended = {case["id"]: part(case, "state", "resolution", "resolved_by") for case in till.cases()}
    by_shop = {"state": "resolved", "resolution": "settled", "resolved_by": "shop"}
    assert ended == {
        wrong: by_shop,
        silent: by_shop,
        other: {"state": "open", "resolution": None, "resolved_by": None},
    }
    resolved = [said(PaymentExceptionResolved(case, "settled")) for case in sorted((wrong, silent))]
    assert till.told() == [*resolved, *PAYS]


def test_money_for_an_expired_order_puts_right_what_was_wrong_with_its_attempt(till):
    till.order("expired")
    till.attempt(state="closed")
    silent = till.case("payment_silent", on=till.payment())
    till.look()
    assert settle_payment("wechat", news(), work()) == "revived"
    assert said(PaymentExceptionResolved(silent, "settled")) in till.told()


def test_money_that_goes_back_puts_right_what_was_wrong_with_its_attempt(till):
    till.order("cancelled", given_up_by="customer")
    till.attempt(state="closed")
    silent = till.case("payment_silent", on=till.payment())
    till.look()
    assert settle_payment("wechat", news(), work()) == "refunded"
    assert till.calls.count("TransactWriteItems") == 2  # the first without a look, the second after it
    assert said(PaymentExceptionResolved(silent, "settled")) in till.told()


def test_a_second_payment_puts_right_what_was_wrong_with_its_attempt(till):
    till.paid()
    till.attempt(TWO, state="closed")
    silent = till.case("payment_silent", TWO, on=till.payment(TWO))
    till.look()
    assert settle_payment("wechat", news(number=TWO), work()) == "refunded"
    assert said(PaymentExceptionResolved(silent, "settled")) in till.told()
    double = next(case["id"] for case in till.cases() if case["kind"] == "double")
    assert till.row(Payment, TWO)["cases"] == {silent, double}
    assert till.rows(Refund)[0].cause == "double"


# ---- late money -----------------------------------------------------------------------------------------------------
def test_late_money_revives_an_expired_order_and_holds_its_goods_again(till):
    till.order("expired", pay_before=till.at)
    till.attempt(state="closed")
    till.at += timedelta(hours=1)
    till.look()
    assert settle_payment("wechat", news(), work()) == "revived"
    assert row_of(till, Order, ORDER, "state", "payment", "paid_at") == {
        "state": "paid",
        "payment": ONE,
        "paid_at": till.at,
    }
    assert row_of(till, Payment, ONE, *PAID, "late", "refund_reserved") == {**PAID, "late": True, "refund_reserved": 0}
    assert till.shelves() == HELD
    assert till.told() == [said(OrderRevived(ORDER, ONE)), said(PaymentLate(ONE, ORDER, "revived")), *PAYS]
    assert till.rows(Refund) == []


def test_a_revived_order_takes_its_goods_from_whichever_bucket_has_them(till):
    till.order("expired")
    till.attempt(state="closed")
    done(inventory.spread, SHIRT, 3, work=work(key=None))  # 2, 2 and 1 pieces: the first two have what is wanted
    till.set_part(SHIRT, "b0", available=0)
    assert settle_payment("wechat", news(), work()) == "revived"
    assert till.buckets(SHIRT) == [(0, 0), (0, 2), (1, 0)]


def test_a_revived_order_takes_its_goods_from_several_buckets_when_none_has_all(till):
    till.order("expired")
    till.attempt(state="closed")
    done(inventory.spread, SHIRT, 2, work=work(key=None))
    till.set_part(SHIRT, "b0", available=1)
    till.set_part(SHIRT, "b1", available=1)
    assert settle_payment("wechat", news(), work()) == "revived"
    assert till.buckets(SHIRT) == [(0, 1), (0, 1)]


BACK = {"amount": PRICE, "state": "requested", "asked_by": "shop", "decided_by": "shop", "payment": ONE}


def goes_back(till, why):
    """All of it goes back, and its customer hears why."""
    (refund,) = till.rows(Refund)
    assert is_id(refund.id, "R")
    assert till.row(Refund, refund.id) == {
        **BACK,
        "id": refund.id,
        "cause": "late",
        "reason": "late",
        "created_at": till.at,
    }
    assert row_of(till, Payment, ONE, *PAID, "late", "refund_reserved", "refunds", "cases") == {
        **PAID,
        "late": True,
        "refund_reserved": PRICE,
        "refunds": {refund.id},
        "cases": None,
    }
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
    assert settle_payment("wechat", news(), work()) == "refunded"
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
    assert settle_payment("wechat", news(), work()) == "refunded"
    goes_back(till, "gone")
    assert till.state() == "expired"
    assert till.shelves() == {SHIRT: (1, 0), SOCKS: (6, 0)}


def test_orders_revived_at_one_moment_spread_over_the_buckets_that_have_their_goods(till):
    done(inventory.spread, SOCKS, 2, work=work(key=None))
    moment, taken = till.snapshot(), set()
    for n in range(8):
        till.restore(moment)
        order = till.order("expired", order_id=f"{ORDER[:-1]}{n}", lines=LINES[1:])
        till.attempt(order + "01", amount=Fen(1301), state="closed")
        assert settle_payment("wechat", news(amount=1301, number=order + "01"), work()) == "revived"
        taken.add(tuple(held for _, held in till.buckets(SOCKS)))
    assert taken == {(0, 1), (1, 0)}


def test_late_money_never_pays_another_price_than_it_came_for(till):
    till.order("expired")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set(Order, ORDER, payable=Fen(PRICE - 1)))
    till.look()
    assert settle_payment("wechat", news(), work()) == "refunded"
    goes_back_after_a_race(till, "gone")
    assert till.shelves() == FREE


def test_late_money_goes_back_when_the_goods_go_while_it_is_looked_for_them(till):
    till.order("expired")
    till.attempt(state="closed")
    till.case("payment_silent", on=till.payment())
    till.look()
    till.meanwhile(None, lambda: till.set_part(SHIRT, "b0", available=1))
    assert settle_payment("wechat", news(), work()) == "refunded"
    assert till.shelves() == {SHIRT: (1, 0), SOCKS: (6, 0)}
    goes_back_after_a_race(till, "gone")


def test_late_money_goes_back_when_the_goods_may_not_be_sold_any_more(till):
    till.order("expired")
    till.attempt(state="closed")
    till.set_part(SOCKS, "b0", closed="recall")
    till.look()
    assert settle_payment("wechat", news(), work()) == "refunded"
    goes_back(till, "gone")
    assert till.shelves() == FREE


def goes_back_after_a_race(till, why):
    (refund,) = till.rows(Refund)
    assert till.row(Payment, ONE)["refunds"] == {refund.id}
    assert till.row(Payment, ONE)["refund_reserved"] == PRICE
    assert said(PaymentLate(ONE, ORDER, "refunded", why)) in till.told()
    assert said(RefundRequested(refund.id, ONE, PRICE)) in till.told()
    assert int(refund.amount) == PRICE


# ---- a second payment -----------------------------------------------------------------------------------------------
def test_a_second_payment_of_an_order_goes_back_in_full_and_lies_before_a_person_until_it_has(till):
    till.paid()
    till.attempt(TWO)
    before = till.row(Order, ORDER)
    till.look()
    assert settle_payment("alipay", news(number=TWO), work()) == "mismatch"  # another provider's word
    till.set(Payment, TWO, provider="alipay")
    till.look()
    assert settle_payment("alipay", news(number=TWO), work(key="2")) == "refunded"
    (refund,) = till.rows(Refund)
    case = next(case for case in till.cases() if case["kind"] == "double")
    assert case == {
        "id": case["id"],
        "state": "open",
        "kind": "double",
        "provider": "alipay",
        "payment": TWO,
        "at": till.at,
        "received": PRICE,
        "provider_ref": "T1",
        "evidence": "e1",
    }
    assert till.row(Refund, refund.id) == {
        **BACK,
        "id": refund.id,
        "payment": TWO,
        "cause": "double",
        "reason": "double",
        "created_at": till.at,
    }
    assert row_of(till, Payment, TWO, *PAID, "late", "refund_reserved", "refunds", "cases") == {
        **PAID,
        "late": True,
        "refund_reserved": PRICE,
        "refunds": {refund.id},
        "cases": {case["id"]},
    }
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
    assert settle_payment("wechat", news(number=TWO), work()) == "refunded"
    assert only(till)["kind"] == "double"


# ---- the order moves while we look ----------------------------------------------------------------------------------
def test_an_order_that_expires_just_before_its_money_is_revived(till):
    till.order()
    till.attempt()
    till.meanwhile(lambda: _expire(till))
    till.look()
    assert settle_payment("wechat", news(), work()) == "revived"
    assert (till.state(), till.shelves()) == ("paid", HELD)


def _expire(till):
    till.set(Order, ORDER, state="expired")
    till.write(*stock_steps.release([(SHIRT, 0, 2), (SOCKS, 0, 1)]))


def _placed(till):
    till.set(Order, ORDER, state="placed")
    till.write(*stock_steps.hold([(SHIRT, 0, 2), (SOCKS, 0, 1)]))


def test_an_order_that_turns_as_often_as_it_is_looked_at_gets_its_money_at_the_fourth_look(till):
    till.order()
    till.attempt()
    turns = [lambda: _expire(till), lambda: _placed(till), lambda: _expire(till), lambda: _placed(till)]
    till.meanwhile(*turns)
    till.look()
    assert settle_payment("wechat", news(), work()) == "paid"
    assert till.told() == PAYS
    assert (till.state(), till.shelves()) == ("paid", HELD)


def test_an_order_that_never_stands_still_gets_its_money_back_in_the_end(till):
    till.order()
    till.attempt()
    till.case("payment_silent", on=till.payment())
    turns = [lambda: _expire(till), lambda: _placed(till), lambda: _expire(till), lambda: _placed(till)]
    till.meanwhile(*turns, lambda: _expire(till))
    till.look()
    assert settle_payment("wechat", news(), work()) == "refunded"
    goes_back_after_a_race(till, "repriced")
    assert (till.state(), till.shelves()) == ("expired", FREE)


def test_what_another_worker_settled_meanwhile_is_known(till):
    till.order("cancelled")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set(Payment, ONE, state="paid"))
    assert settle_payment("wechat", news(), work()) == "known"
    assert till.rows(Refund) == []


def test_what_another_worker_revived_meanwhile_is_known(till):
    till.order("expired")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set(Payment, ONE, state="paid"))
    till.look()
    assert settle_payment("wechat", news(), work()) == "known"
    assert till.calls.count("TransactWriteItems") == 3  # one of them is the other worker's
    assert till.shelves() == FREE


def test_what_another_worker_settled_at_the_last_look_is_known(till):
    till.order("expired")
    till.attempt(state="closed")
    till.meanwhile(None, lambda: till.set_part(SHIRT, "b0", available=1), lambda: till.set(Payment, ONE, state="paid"))
    assert settle_payment("wechat", news(), work()) == "known"
    assert till.rows(Refund) == []


def test_an_exception_that_is_opened_just_before_the_money_is_put_right_by_it(till):
    till.order("cancelled")
    till.attempt(state="closed")
    found = []
    till.meanwhile(None, lambda: found.append(till.case("payment_silent", on=till.payment())))
    till.look()
    assert settle_payment("wechat", news(), work()) == "refunded"
    assert said(PaymentExceptionResolved(found[0], "settled")) in till.told()


def test_a_quarantined_payment_that_is_on_its_way_back_is_settled_no_more(till):
    till.order()
    till.attempt(state="quarantined", captured=Fen(5), refund_reserved=Fen(5))
    before = till.tables()
    assert settle_payment("wechat", news(), work()) == "known"
    assert till.tables() == before
