"""Care at its boundaries: an order of one fen, what never went out, a task that is raised twice."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.care import consumers
from chalicelib.records.care import steps
from chalicelib.records.care.rules import Grievance, ImprovementTaskRaised, Spoken
from chalicelib.records.care.service import courses, surveys
from chalicelib.records.care.service.surveys import Opinion
from chalicelib.records.orders.model import Order
from chalicelib.records.orders.rules import GoodsCount
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support.trade import order as placed

from . import test_aftercare as after
from .test_aftercare import arrive, at_ms, change, hear, ledger

care, me = after.care, after.me
BAD = Grievance("nps", -100)


def of(care, who, fen, quantity=1, state="paid"):
    order = placed(who, lines=((care.sku, quantity, fen, 0),), freight=0)
    change(order, Order.state.set(state))
    return order


@pytest.mark.parametrize("fen", [0, 1])
def test_an_order_of_next_to_nothing_that_was_not_refunded_is_accompanied(care, me, fen):
    arrive(care, of(care, me, fen), 1)
    assert len(courses.every(me)) == 1


@pytest.mark.parametrize(
    ("count", "begun"),
    [
        (GoodsCount(freed=2), 0),
        (GoodsCount(shipped=1, delivered=1, freed=1), 1),
        (GoodsCount(shipped=1, delivered=1), 0),
        (GoodsCount(shipped=2, delivered=2, refunded=1), 1),
    ],
)
def test_a_line_is_there_when_all_of_it_that_was_not_called_off_arrived(care, me, count, begun):
    order = of(care, me, 9_900, 2)
    ledger(order, count)
    hear(consumers.delivered, ShipmentDelivered(order, "S1", at_ms(care)))
    assert len(courses.every(me)) == begun


def test_a_task_that_is_raised_twice_is_refused_by_its_name(care, me):
    own = Work(Caller(me, "customer"), "test")
    surveys.answer(me, "O" * 27 + "00", care.sku, Opinion(0, [], None), own)
    own.commit()
    spoken = Spoken(1, 0, 1, {})
    for sku, refused in ((care.sku, False), (care.sku[:-1] + "9", True)):
        own = Work(Caller("A1", "worker"), "test")
        own.add(*steps.raise_task("V01JZ0000000000000000000000", sku, BAD, spoken, own.now))
        if not refused:
            own.commit()
            continue
        with pytest.raises(CommitRejected) as told:
            own.commit()
        assert told.value.only(ImprovementTaskRaised)
