"""What becomes of an order's goods, to the letter: sent, taken back, arrived, paid back on the way; and of its promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.kernel.runs import Run
from chalicelib.records.orders import rules, service
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.model import Order, pack, pack_ledger
from chalicelib.records.orders.rules import (
    FULFILLING,
    ORDER,
    GoodsCount,
    OrderHeldBack,
    OrderNotFound,
    OrderStateConflict,
    StaleOrder,
)
from chalicelib.runtime.table import update

from .test_orders_exactly import NINE, ONE, commit, oid, opened, refused, set_
from .test_orders_exactly import quote as quote_of

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
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


def test_counts_of_other_lines_are_counted_by_nobody():
    ledger = [GoodsCount(), GoodsCount()]
    for use in (
        lambda: rules.let_go([1], ledger, [1, 1]),
        lambda: rules.let_go([1, 1], ledger, [1]),
        lambda: rules.kept_free(ledger, [1]),
        lambda: rules.kept_free(ledger[:1], [1, 1]),
    ):
        with pytest.raises(ValueError, match="zip"):
            use()


def test_pieces_come_back_after_what_is_gone_before_them(sent):
    set_(packed_ledger=pack_ledger([GoodsCount(1, 2, 1), GoodsCount()]))
    order = sent.order()
    assert order.pieces_back([1, 0]) == ([], [("S1", 0, 1)])
    set_(packed_ledger=pack_ledger([GoodsCount(1, 1, 1), GoodsCount()]))
    assert sent.order().pieces_back([1, 0]) == ([("S1", 0, 1)], [])


def test_the_buckets_that_gave_last_get_back_first():
    quote = two_buckets()
    order = Order(ONE, packed_bill=pack(quote.bill), packed_ledger=pack_ledger([GoodsCount(1, 3, 4)]))
    assert order.pieces_back([3]) == ([("S1", 1, 1)], [("S1", 0, 1), ("S1", 1, 1)])
    order = Order(ONE, packed_bill=pack(quote.bill), packed_ledger=pack_ledger([GoodsCount(0, 1, 2)]))
    assert order.pieces_back([2]) == ([("S1", 0, 1)], [("S1", 0, 1)])  # and none of those that were never sent


def two_buckets():
    """Five pieces, three of which one bucket gives and two another."""
    made = quote_of()
    (first,) = (one._replace(parts=((0, 3), (1, 2)), runs=(Run(5, Fen(100)),)) for one in made.lines[:1])
    return made._replace(lines=(first,))


def test_units_of_other_lines_are_paid_back_of_nothing_that_is_given_up(sent):
    set_(state="annulled")
    with pytest.raises(ValueError, match="zip"):
        order_steps.refund(sent.order(), Fen(1), [1])


# ---- what can be done of it -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("state", "minutes", "told"), [
    ("placed", -1, None), ("placed", 0, "expired"), ("placed", 1, "expired"), ("paid", -1, "paid"), ("expired", 1, "expired"),
])  # fmt: skip
def test_an_order_takes_payments_until_its_time_is_over(state, minutes, told):
    refusal = rules.unpayable(state, AT, AT + timedelta(minutes=minutes))
    assert (refusal and refusal.params) == (told and {"state": told})


@pytest.mark.parametrize(("state", "payable", "free", "told"), [
    ("placed", 5, False, None), ("placed", 0, False, None), ("paid", 0, True, None), ("paid", 1, False, "paid"),
    ("shipped", 0, False, "shipped"), ("expired", 5, False, "expired"),
])  # fmt: skip
def test_an_order_is_given_up_unpaid_or_when_it_cost_nothing(state, payable, free, told):
    assert rules.free_to_annul(state, payable) is free
    refusal = rules.uncancellable(state, payable)
    assert (refusal and refusal.params) == (told and {"state": told})


# ---- how many somebody has ------------------------------------------------------------------------------------------
def put(order_id, state):
    commit(update(Order, order_id, actions=[Order.state.set(state)]))


def test_who_has_no_orders_has_none(ground):
    assert service.tally("U1") == (0, False)
    assert service.tally("U1", 3) == (0, False)


@pytest.mark.parametrize(("states", "told"), [
    (["placed"], (1, False)), (["paid"], (1, True)), (["placed", "shipped"], (2, True)), (["cancelled"], (0, False)),
    (["expired", "annulled", "placed"], (1, False)), (["paid", "cancelled", "placed"], (2, True)),
])  # fmt: skip
def test_orders_that_were_not_given_up_are_counted(ground, states, told):
    for n, state in enumerate(states):
        opened(ground, oid(n))
        put(oid(n), state)
    opened(ground, oid(8), customer="U2")
    assert service.tally("U1") == told


def test_they_are_counted_page_by_page_no_further_than_is_asked(ground, monkeypatch):
    monkeypatch.setattr(service, "TALLIED", 2)
    for n in range(5):
        opened(ground, oid(n))
    put(oid(1), "paid")  # on the second page, newest first

    def pages(enough):
        ground.calls.clear()
        told = service.tally("U1", enough)
        return told, ground.ops.count("Query")

    assert pages(0) == ((4, True), 2)
    assert pages(4) == ((4, True), 2)
    assert pages(5) == ((5, True), 3)
    put(oid(1), "placed")
    assert pages(0) == ((5, False), 3)
    put(oid(4), "paid")  # on the first page
    assert pages(0) == ((2, True), 1)
    assert pages(2) == ((2, True), 1)
    assert pages(3) == ((4, True), 2)


def test_what_comes_after_an_order_is_read_for_good_and_in_its_order(ground):
    for n in range(3):
        opened(ground, oid(n))
    ground.calls.clear()
    found, more = service.after("U1", oid(1), 10)
    assert ([one.id for one in found], more) == ([oid(1), oid(2)], None)
    (query,) = ground.bodies("Query")
    assert sorted(value["S"] for value in query["ExpressionAttributeValues"].values()) == sorted(["U1", oid(1), "P"])
    (read,) = ground.bodies("BatchGetItem")
    assert read["RequestItems"]["jishi-orders"]["ConsistentRead"] is True
