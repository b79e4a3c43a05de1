"""What becomes of an order's goods, to the letter: sent, taken back, arrived, paid back on the way; and of its promise."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.orders import rules, service
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order, pack_ledger
from chalicelib.records.orders.rules import (
    FULFILLING,
    ORDER,
    GoodsCount,
    OrderHeldBack,
    OrderNotFound,
    OrderStateConflict,
    StaleOrder,
)

from .test_orders_exactly import NINE, ONE, commit, opened, refused, set_

STALE = [(StaleOrder, {})]


@dataclass
class Sent:
    """An order of two pieces of S1 and one of S2 that is paid."""

    ground: object

    def order(self):
        return service.find(ONE)

    def told(self):
        order = self.order()
        return order.state, [tuple(count)[:4] for count in order.ledger]


@pytest.fixture
def sent(ground):
    opened(ground)
    commit(order_steps.pay(ONE, ONE + "01", ground.stage.at))
    return Sent(ground)


def test_pieces_leave_in_parcels_and_the_order_goes_with_them(sent):
    commit(order_steps.ship(sent.order(), [1, 0]))
    assert sent.told() == ("partly_shipped", [(0, 0, 1, 0), (0, 0, 0, 0)])
    assert sent.order().held == [("S1", 0, 1), ("S2", 3, 1)]
    commit(order_steps.ship(sent.order(), [1, 1]))
    assert sent.told() == ("shipped", [(0, 0, 2, 0), (0, 0, 1, 0)])
    assert sent.order().held == []


def test_pieces_are_those_after_what_is_gone(sent):
    assert sent.order().pieces([2, 1]) == [("S1", 0, 2), ("S2", 3, 1)]
    commit(order_steps.ship(sent.order(), [1, 0]))
    assert sent.order().pieces([1, 0]) == [("S1", 0, 1)]
    assert sent.order().pieces([0, 0]) == []


def test_nothing_is_sent_over_what_has_changed_since_it_was_read(sent):
    before = sent.order()
    commit(order_steps.ship(before, [1, 0]))
    assert refused(order_steps.ship(before, [1, 0])) == STALE
    assert refused(order_steps.deliver(before, [1, 0])) == STALE
    once = sent.order()
    set_(refunded=Fen(3))
    assert refused(order_steps.ship(once, [1, 0])) == STALE


def test_what_has_a_reason_is_held_back_from_sending_and_from_nothing_else(sent):
    commit(order_steps.ship(sent.order(), [1, 0]))
    set_(hold_reason="team")
    assert refused(order_steps.ship(sent.order(), [1, 0])) == [(OrderHeldBack, {"reason": "team"})]
    commit(order_steps.deliver(sent.order(), [1, 0]))
    commit(order_steps.unship(sent.order(), [1, 0]))


@pytest.mark.parametrize("state", sorted(set(ORDER.all) - FULFILLING))
def test_only_what_is_paid_is_sent(sent, state):
    order = sent.order()
    set_(state=state)
    assert refused(order_steps.ship(order, [1, 0])) == [(OrderStateConflict, {"state": state})]
    assert refused(order_steps.break_promise(ONE)) == [(OrderStateConflict, {"state": state})]


def test_nothing_of_what_is_not_there_is_sent(sent):
    order = sent.order()
    order.id = NINE
    assert refused(order_steps.ship(order, [1, 0])) == [(OrderNotFound, {})]
    assert refused(order_steps.break_promise(NINE)) == [(OrderNotFound, {})]


def test_what_arrives_is_counted_and_the_last_of_it_delivers_the_order(sent):
    commit(order_steps.ship(sent.order(), [2, 1]))
    assert not sent.order().complete_with([2, 0])
    assert sent.order().complete_with([2, 1])
    commit(order_steps.deliver(sent.order(), [2, 0]))
    assert sent.told() == ("shipped", [(0, 0, 2, 2), (0, 0, 1, 0)])
    assert sent.order().complete_with([0, 1])
    commit(order_steps.deliver(sent.order(), [0, 1]))
    assert sent.told() == ("delivered", [(0, 0, 2, 2), (0, 0, 1, 1)])
    assert sent.order().promise is None
    commit(order_steps.deliver(sent.order(), [-1, 0]))
    assert sent.told() == ("shipped", [(0, 0, 2, 1), (0, 0, 1, 1)])


def test_a_promise_is_judged_with_the_last_that_arrives_and_once(sent):
    commit(order_steps.ship(sent.order(), [2, 1]))
    commit(order_steps.deliver(sent.order(), [2, 1], "kept"))
    assert (sent.order().state, sent.order().promise) == ("delivered", "kept")
    commit(order_steps.deliver(sent.order(), [-2, 0]))
    assert refused(order_steps.deliver(sent.order(), [2, 0], "broken")) == STALE
    assert refused(order_steps.break_promise(ONE)) == STALE
    assert sent.order().promise == "kept"


@pytest.mark.parametrize("units", [[0, 0], [1, 0], [2, 1]])
def test_a_promise_is_broken_of_what_is_not_all_there_and_once(sent, units):
    if any(units):
        commit(order_steps.ship(sent.order(), units))
    commit(order_steps.break_promise(ONE))
    assert sent.order().promise == "broken"
    assert refused(order_steps.break_promise(ONE)) == STALE


def test_no_promise_is_broken_of_what_is_there(sent):
    commit(
        order_steps.ship(sent.order(), [2, 1]),
    )
    commit(order_steps.deliver(sent.order(), [2, 1]))
    assert refused(order_steps.break_promise(ONE)) == STALE
    assert sent.order().promise is None


def test_what_comes_out_of_a_parcel_is_held_again(sent):
    commit(order_steps.ship(sent.order(), [2, 1]))
    order = sent.order()
    assert order.pieces_back([2, 1]) == ([("S1", 0, 2), ("S2", 3, 1)], [])
    commit(order_steps.unship(order, [2, 0]))
    assert sent.told() == ("partly_shipped", [(0, 0, 0, 0), (0, 0, 1, 0)])
    commit(order_steps.unship(sent.order(), [0, 1]))
    assert sent.told() == ("paid", [(0, 0, 0, 0), (0, 0, 0, 0)])


def test_what_was_paid_back_meanwhile_is_free_when_it_comes_out_of_a_parcel(sent):
    commit(order_steps.ship(sent.order(), [2, 1]))
    commit(order_steps.refund(sent.order(), Fen(5), [1, 0]))
    order = sent.order()
    assert [tuple(count)[:4] for count in order.ledger] == [(0, 1, 2, 0), (0, 0, 1, 0)]
    assert order.pieces_back([2, 1]) == ([("S1", 0, 1), ("S2", 3, 1)], [("S1", 0, 1)])
    commit(order_steps.unship(order, [2, 1]))
    assert sent.told() == ("paid", [(1, 1, 0, 0), (0, 0, 0, 0)])
    assert sent.order().held == [("S1", 0, 1), ("S2", 3, 1)]


def test_what_is_paid_back_of_the_unsent_is_held_no_more(sent):
    commit(order_steps.ship(sent.order(), [1, 0]))
    commit(order_steps.refund(sent.order(), Fen(5), [2, 1]))
    assert sent.told() == ("shipped", [(1, 2, 1, 0), (1, 1, 0, 0)])
    assert sent.order().held == []


def test_the_last_of_the_money_counts_its_units(sent):
    commit(order_steps.refund_last(sent.order(), Fen(1103), [2, 1]))
    assert sent.told() == ("annulled", [(2, 2, 0, 0), (1, 1, 0, 0)])


def test_the_unfilled_end_of_a_ledger_is_not_written():
    assert pack_ledger([GoodsCount()]) == "[]"
    assert pack_ledger([GoodsCount(1), GoodsCount()]) == "[[1]]"
    assert pack_ledger([GoodsCount(), GoodsCount(0, 0, 2)]) == "[[],[0,0,2]]"
    order = Order(ONE, packed_ledger="[[1]]")
    assert order.ledger == (GoodsCount(1),)


@pytest.mark.parametrize(("quantities", "ledger", "state"), [
    ([2, 1], [(), ()], "paid"), ([2, 1], [(0, 0, 1), ()], "partly_shipped"), ([2, 1], [(0, 0, 2), (0, 0, 1)], "shipped"),
    ([2, 1], [(1, 1, 1), (1, 1)], "shipped"), ([2, 1], [(1, 1, 1), ()], "partly_shipped"),
    ([2], [(0, 0, 2, 1)], "shipped"), ([2], [(0, 0, 2, 2)], "delivered"), ([2], [(0, 0, 1, 1)], "partly_shipped"),
    ([2], [(1, 1, 1, 1)], "delivered"), ([2], [(2, 2)], "paid"),
])  # fmt: skip
def test_an_order_stands_where_its_goods_are(quantities, ledger, state):
    assert rules.progress(quantities, [GoodsCount(*count) for count in ledger]) == state


def test_of_what_is_paid_back_the_unsent_come_first():
    ledger = [GoodsCount(1, 1, 2), GoodsCount(0, 0, 3)]
    assert rules.let_go([5, 3], ledger, [1, 1]) == [1, 0]
    assert rules.let_go([5, 3], ledger, [4, 0]) == [2, 0]
    assert rules.kept_free(ledger, [2, 2]) == [0, 0]
    ledger = [GoodsCount(1, 3, 2), GoodsCount(0, 2, 3, 0, 0, 1)]
    assert rules.kept_free(ledger, [1, 3]) == [1, 1]
    assert rules.kept_free(ledger, [5, 0]) == [2, 0]


def test_so_many_more_are_counted_where_they_belong():
    count = GoodsCount(1, 2, 3, 4, 5, 6)
    assert count.plus(delivered=2, freed=-1) == GoodsCount(0, 2, 3, 6, 5, 6)
    assert rules.arrived([count, GoodsCount()], [1, 2]) == [GoodsCount(1, 2, 3, 5, 5, 6), GoodsCount(0, 0, 0, 2)]


@pytest.mark.parametrize("wrong", [[1], [1, 0, 0]])
def test_units_of_other_lines_than_the_orders_are_sent_by_nobody(sent, wrong):
    order = sent.order()
    for use in (
        lambda: order_steps.ship(order, wrong),
        lambda: order_steps.unship(order, wrong),
        lambda: order_steps.deliver(order, wrong),
        lambda: order.pieces(wrong),
        lambda: order.pieces_back(wrong),
        lambda: order.complete_with(wrong),
        lambda: order_steps.refund_last(order, Fen(1), wrong),
    ):
        with pytest.raises(ValueError, match="zip"):
            use()
