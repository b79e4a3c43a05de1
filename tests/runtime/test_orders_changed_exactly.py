"""Changing an order that stands, to the letter: a lower price, another address, money for a price that was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.kernel.bill import GIFT
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import FreightPart, Layer
from chalicelib.records.orders import rules, service
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import ORDER, DiscountTooLarge, OrderNotFound, OrderStateConflict, StaleOrder
from tests.support.trade import line, promised

from .test_orders_exactly import NINE, ONE, commit, opened, quote, refused, set_

BILL = quote().bill
NOTHING = quote(free=True).bill
CHEAP = rules.cheaper(BILL, Fen(1102))
lines_of = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5000), st.integers(0, 9000)), min_size=1, max_size=5)


def bill_of(lines, freight):
    wanted = [line("S", quantity, unit) for quantity, unit, _ in lines]
    offs = [min(off, unit * quantity) for quantity, unit, off in lines]
    return promised(ONE, "U1", wanted, freight, offs).bill


def units_of(bill):
    """(goods, freight) of every single unit."""
    return [(run.goods, run.freight) for one in bill.lines for run in one.runs for _ in range(run.pieces)]


@given(lines_of, st.integers(0, 900), st.integers(1, 10_000))
@example([(1, 100, 0)], 10, 105)
@example([(1, 0, 0)], 10, 10)
def test_goods_and_freight_come_to_so_much_less_to_the_fen(lines, freight, off):
    bill = bill_of(lines, freight)
    if off > bill.payable:
        with pytest.raises(DiscountTooLarge) as refusal:
            rules.cheaper(bill, Fen(off))
        assert refusal.value.params == {"payable": bill.payable}
        return
    cut = rules.cheaper(bill, Fen(off))
    assert cut.payable == bill.payable - off
    assert cut.freight == freight - max(0, off - bill.goods) == sum(part.fee - part.off for part in cut.freights)
    goods, taken = int(bill.goods), min(off, int(bill.goods))
    assert cut.layers == bill.layers + ((Layer("adjustment", "", 0, Fen(taken)),) if taken else ())
    for (paid, bore), (left, bears) in zip(units_of(bill), units_of(cut), strict=True):
        assert (0 <= left <= paid, 0 <= bears <= bore) == (True, True)
        assert abs((paid - left) * goods - taken * paid) < max(1, goods)
    for before, after in zip(bill.lines, cut.lines, strict=True):
        assert after == before._replace(runs=after.runs)
        assert all(run.unit == before.unit for run in after.runs)


def test_a_discount_falls_on_units_by_what_is_paid_for_them():
    cut = rules.cheaper(BILL, Fen(100))
    assert ([one.off for one in cut.lines], cut.freight) == ([92, 9], 5)
    assert [run.offs for one in cut.lines for run in one.runs] == [(1, 45), (0, 46), (0, 9)]
    cut = rules.cheaper(BILL, Fen(1100))
    assert ([one.payable for one in cut.lines], cut.freight) == ([0, 0], 3)
    assert rules.cheaper(BILL, Fen(1103)).payable == 0


def test_each_discount_is_a_layer_of_its_own_and_freight_alone_is_none():
    cut = rules.cheaper(rules.cheaper(BILL, Fen(10)), Fen(1088))
    assert [layer.off for layer in cut.layers] == [1, 10, 1088]
    assert (cut.goods, cut.freight) == (0, 5)
    last = rules.cheaper(cut, Fen(3))
    assert (last.layers, last.freight, last.freights[0].off) == (cut.layers, 2, 3)


def test_a_gift_bears_nothing_of_a_discount():
    gift = line("S9", 1, 0)._replace(kind=GIFT, value=Fen(300))
    cut = rules.cheaper(promised(ONE, "U1", [line("S1", 1, 100), gift], 7).bill, Fen(60))
    assert [(one.kind, one.off, one.payable, one.freight) for one in cut.lines] == [
        ("bought", 60, 40, 7),
        ("gift", 0, 0, 0),
    ]


def test_freight_from_several_places_gets_cheaper_one_after_the_other():
    two = (FreightPart("MAIN", 1, Fen(500), Fen(200)), FreightPart("EAST", 1, Fen(400)))
    bill = promised(ONE, "U1", [line("S1", 1, 100)], 700).bill._replace(freights=two)
    assert [part.off for part in rules.cheaper(bill, Fen(500)).freights] == [500, 100]


def test_an_unpaid_order_costs_less_from_now_on(ground):
    order = opened(ground)
    cut = rules.cheaper(BILL, Fen(100))
    commit(order_steps.adjust(order, cut, ground.stage.at, b"why"))
    after = service.find(ONE)
    assert (after.bill, after.freight, after.payable, after.adjusted) == (cut, 5, 1003, b"why")
    assert (after.state, after.paid_at) == ("placed", None)


def test_an_order_that_costs_nothing_any_more_is_paid(ground):
    order, later = opened(ground), ground.stage.at + timedelta(minutes=2)
    commit(order_steps.adjust(order, NOTHING, later, b"why"))
    after = service.find(ONE)
    assert (after.state, after.payable, after.paid_at) == ("paid", 0, later)


@pytest.mark.parametrize("moved", [{"payable": Fen(7)}, {"attempts": 1}])
def test_a_price_is_not_changed_over_what_has_changed_since(ground, moved):
    order = opened(ground)
    set_(**moved)
    assert refused(order_steps.adjust(order, CHEAP, ground.stage.at, b"why")) == [(StaleOrder, {})]
    order = service.find(ONE)
    commit(order_steps.adjust(order, CHEAP, ground.stage.at, b"why"))
    assert service.find(ONE).payable == 1


@pytest.mark.parametrize("state", [state for state in ORDER.all if state != "placed"])
def test_a_price_is_changed_only_while_the_order_waits(ground, state):
    order = opened(ground)
    set_(state=state)
    refusals = refused(order_steps.adjust(order, CHEAP, ground.stage.at, b"why"))
    assert refusals == [(OrderStateConflict, {"state": state})]
    order.id = NINE
    assert refused(order_steps.adjust(order, CHEAP, ground.stage.at, b"why")) == [(OrderNotFound, {})]


def test_an_order_without_a_count_of_attempts_had_none(ground):
    order = opened(ground)
    order.attempts = None
    commit(order_steps.adjust(order, CHEAP, ground.stage.at, b"why"))
    assert service.find(ONE).payable == 1


def test_money_for_a_price_that_was_pays_nothing(ground):
    opened(ground)
    assert refused(order_steps.pay(ONE, ONE + "01", ground.stage.at, amount=Fen(7))) == [
        (OrderStateConflict, {"state": "placed"})
    ]
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at, amount=Fen(1103)))
    assert service.find(ONE).state == "paid"


def test_money_of_nothing_is_an_amount_too(ground):
    opened(ground)
    assert refused(order_steps.pay(ONE, ONE + "01", ground.stage.at, amount=Fen(0))) == [
        (OrderStateConflict, {"state": "placed"})
    ]


@pytest.mark.parametrize("state", ORDER.all)
def test_goods_are_sent_elsewhere_only_before_they_leave(ground, state):
    opened(ground)
    set_(state=state)
    step = order_steps.readdress(ONE, "D2")
    if state in ("placed", "paid"):
        commit(step)
        assert service.find(ONE).address == "D2"
    else:
        assert refused(step) == [(OrderStateConflict, {"state": state})]
        assert service.find(ONE).address == "D1"
    assert refused(order_steps.readdress(NINE, "D2")) == [(OrderNotFound, {})]
    assert [row["o"]["S"] for row in ground.raw(Order)] == [ONE]


@pytest.mark.parametrize("states", [{"placed"}, {"placed", "annulled"}])
def test_whoever_sends_goods_elsewhere_may_ask_for_less_and_never_for_more(ground, states):
    order = opened(ground)
    for state in ("paid", "annulled"):
        set_(state=state)
        assert refused(order_steps.readdress(ONE, "D2", frozenset(states))) == [(OrderStateConflict, {"state": state})]
    set_(state="placed")
    commit(order_steps.readdress(ONE, "D2", frozenset(states)))
    assert (order.address, service.find(ONE).address) == ("D1", "D2")
