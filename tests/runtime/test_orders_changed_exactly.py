"""Changing an order that stands, to the letter: a lower price, another address, money for a price that was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.kernel.money import Fen, total
from chalicelib.kernel.quote import QuoteLine
from chalicelib.records.orders import rules, service
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import ORDER, DiscountTooLarge, OrderNotFound, OrderStateConflict, StaleOrder

from .test_orders_exactly import LINES, NINE, ONE, commit, opened, refused, set_

lines_of = st.lists(
    st.builds(
        lambda quantity, unit, off: QuoteLine("S", quantity, Fen(unit), Fen(min(off, unit * quantity)), 0, 1),
        st.integers(1, 9),
        st.integers(0, 5000),
        st.integers(0, 9000),
    ),
    min_size=1,
    max_size=5,
)


@given(lines_of, st.integers(0, 900), st.integers(0, 10_000))
@example([QuoteLine("S", 1, Fen(100), Fen(0), 0, 1)], 10, 105)
@example([QuoteLine("S", 1, Fen(0), Fen(0), 0, 1)], 10, 10)
def test_lines_and_freight_come_to_so_much_less_to_the_fen(lines, freight, off):
    goods = total([line.payable for line in lines])
    if off > goods + freight:
        with pytest.raises(DiscountTooLarge) as refusal:
            rules.cheaper(lines, Fen(freight), Fen(off))
        assert refusal.value.params == {"payable": goods + freight}
        return
    cut, left = rules.cheaper(lines, Fen(freight), Fen(off))
    assert left == freight - max(0, off - goods) >= 0
    assert total([line.payable for line in cut]) == max(0, goods - off)
    for before, after in zip(lines, cut, strict=True):
        assert after == QuoteLine("S", before.quantity, before.unit, after.off, 0, 1)
        assert before.off <= after.off <= before.gross
        share = after.off - before.off
        assert abs(share * goods - min(off, goods) * before.payable) < max(1, goods)


def test_a_discount_falls_on_lines_by_what_is_paid_for_them():
    cut, left = rules.cheaper(LINES, Fen(5), Fen(100))
    assert ([line.off for line in cut], left) == ([92, 9], 5)
    cut, left = rules.cheaper(LINES, Fen(5), Fen(1100))
    assert ([line.payable for line in cut], left) == ([0, 0], 3)
    assert rules.cheaper(LINES, Fen(5), Fen(1103))[1] == 0


def test_an_unpaid_order_costs_less_from_now_on(ground):
    order = opened(ground)
    cut, freight = rules.cheaper(LINES, Fen(5), Fen(100))
    commit(order_steps.adjust(order, cut, freight, Fen(1003), ground.stage.at, b"why"))
    after = service.find(ONE)
    assert (after.lines, after.freight, after.payable, after.adjusted) == (list(cut), 5, 1003, b"why")
    assert (after.state, after.paid_at) == ("placed", None)


def test_an_order_that_costs_nothing_any_more_is_paid(ground):
    order, later = opened(ground), ground.stage.at + timedelta(minutes=2)
    commit(order_steps.adjust(order, LINES, Fen(0), Fen(0), later, b"why"))
    after = service.find(ONE)
    assert (after.state, after.payable, after.paid_at) == ("paid", 0, later)


@pytest.mark.parametrize("moved", [{"payable": Fen(7)}, {"attempts": 1}])
def test_a_price_is_not_changed_over_what_has_changed_since(ground, moved):
    order = opened(ground)
    set_(**moved)
    assert refused(order_steps.adjust(order, LINES, Fen(0), Fen(1), ground.stage.at, b"why")) == [(StaleOrder, {})]
    order = service.find(ONE)
    commit(order_steps.adjust(order, LINES, Fen(0), Fen(1), ground.stage.at, b"why"))
    assert service.find(ONE).payable == 1


@pytest.mark.parametrize("state", [state for state in ORDER.all if state != "placed"])
def test_a_price_is_changed_only_while_the_order_waits(ground, state):
    order = opened(ground)
    set_(state=state)
    refusals = refused(order_steps.adjust(order, LINES, Fen(0), Fen(1), ground.stage.at, b"why"))
    assert refusals == [(OrderStateConflict, {"state": state})]
    order.id = NINE
    assert refused(order_steps.adjust(order, LINES, Fen(0), Fen(1), ground.stage.at, b"why")) == [(OrderNotFound, {})]


def test_an_order_without_a_count_of_attempts_had_none(ground):
    order = opened(ground)
    order.attempts = None
    commit(order_steps.adjust(order, LINES, Fen(0), Fen(1), ground.stage.at, b"why"))
    assert service.find(ONE).payable == 1


def test_money_for_a_price_that_was_pays_nothing(ground):
    opened(ground)
    assert refused(order_steps.pay(ONE, ONE + "01", ground.stage.at, amount=Fen(7))) == [
        (OrderStateConflict, {"state": "placed"})
    ]
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at, amount=Fen(1098)))
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
