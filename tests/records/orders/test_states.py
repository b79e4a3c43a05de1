"""The order's state machine: exactly the edges of the specification, each with the condition of its write."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.quote import Quote
from chalicelib.records.orders import rules, service
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.rules import ORDER, OrderExists, OrderNotFound, OrderStateConflict
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.table import update
from chalicelib.runtime.work import Work
from tests.support.trade import line, promised

LINES = (line("S1", 2, 500, version=7), line("S2", 1, 99, bucket=3))

ONE = "O01JZ0000000000000000000001"


def quote(order_id: str = ONE, offs: tuple[int, int] = (1, 0)) -> Quote:
    return promised(order_id, "U1", LINES, 0, offs, address="D1", from_cart=True)


def commit(*steps) -> None:
    work = Work(Caller("U1", "customer"), "test")
    work.add(*steps)
    work.commit()


def test_an_order_keeps_its_lines_as_they_were_bought(engine):
    commit(order_steps.open(quote(), engine.now(), service.pay_deadline(engine.now())))
    order = service.find(ONE)
    assert order.lines == quote().lines
    assert order.held == [("S1", 0, 2), ("S2", 3, 1)]
    assert (order.state, order.payable, order.refunded) == ("placed", 1098, 0)
    assert order.pay_before - order.placed_at == timedelta(minutes=30)


def test_an_order_of_one_line_is_small(engine):
    commit(order_steps.open(quote(), engine.now(), service.pay_deadline(engine.now())))
    raw = service.find(ONE).serialize()
    assert sum(len(name) + len(str(next(iter(value.values())))) for name, value in raw.items()) < 330


def test_a_quote_becomes_one_order_only(engine):
    commit(order_steps.open(quote(), engine.now(), service.pay_deadline(engine.now())))
    with pytest.raises(CommitRejected) as refused:
        commit(order_steps.open(quote(), engine.now(), service.pay_deadline(engine.now())))
    assert isinstance(refused.value.reasons[0], OrderExists)


def test_nothing_to_pay_is_paid_at_once(engine):
    commit(order_steps.open(quote(offs=(1000, 99)), engine.now(), service.pay_deadline(engine.now())))
    assert service.find(ONE).state == "paid"


@pytest.mark.parametrize("state", ORDER.all)
@pytest.mark.parametrize("action", ["pay", "cancel", "expire", "revive", "annul"])
def test_only_the_edges_of_the_table_are_taken(engine, state, action):
    opened = quote()
    commit(order_steps.open(opened, engine.now(), service.pay_deadline(engine.now())))
    commit(update(service.Order, ONE, actions=[service.Order.state.set(state)]))
    target = ORDER.after(state, action)
    if target is None:
        with pytest.raises(CommitRejected) as refused:
            commit(order_steps.move(ONE, action))
        assert isinstance(refused.value.reasons[0], OrderStateConflict)
        assert refused.value.reasons[0].params == {"state": state}
        assert service.find(ONE).state == state
    else:
        commit(order_steps.move(ONE, action))
        assert service.find(ONE).state == target


def test_another_customers_order_does_not_exist(engine):
    commit(order_steps.open(quote(), engine.now(), service.pay_deadline(engine.now())))
    assert service.own(ONE, "U1").id == ONE
    for order, customer in ((ONE, "U2"), ("O01JZ0000000000000000000009", "U1")):
        with pytest.raises(OrderNotFound):
            service.own(order, customer)


def test_lists_come_newest_first_in_pages(engine):
    ids = [f"O{n:02d}" for n in range(7)]
    for order_id in ids:
        commit(order_steps.open(quote(order_id), engine.now(), service.pay_deadline(engine.now())))
    first, more = service.of_customer("U1", 4, None)
    second, end = service.of_customer("U1", 4, more)
    assert [order.id for order in first + second] == ids[::-1]
    assert end is None
    assert service.of_customer("U2", 4, None) == ([], None)
    days = {service.day_key(engine.now(), order_id) for order_id in ids}
    assert sorted(order.id for day in days for order in service.of_day(day, 20, None)[0]) == ids


def test_the_refund_facet_follows_from_the_amount():
    assert [rules.refund_facet(100, refunded) for refunded in (0, 1, 99, 100)] == ["none", "partial", "partial", "full"]
