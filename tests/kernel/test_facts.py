"""Facts: frozen, equal by what they hold, read back from the wire, and refusing what they do not hold."""

from __future__ import annotations

import pytest

from chalicelib.kernel.facts import FACTS, REMINDER, Audit, read
from chalicelib.processes.console.events import SwitchTurned
from chalicelib.records.orders.events import OrderPaid, OrderPlaced

PLACED = OrderPlaced("O1", "U1", 500)


def test_a_fact_is_equal_by_what_it_holds():
    assert OrderPlaced("O1", customer="U1", payable=500) == PLACED
    assert hash(OrderPlaced("O1", "U1", 500)) == hash(PLACED)
    assert OrderPlaced("O1", "U1", 501) != PLACED
    assert OrderPaid("O1", "U1") != PLACED
    assert repr(PLACED) == "OrderPlaced(order_id='O1', customer='U1', payable=500)"


def test_a_fact_does_not_change():
    with pytest.raises(AttributeError, match="does not change: payable"):
        PLACED.payable = 1
    with pytest.raises(AttributeError, match="does not change: payable"):
        del PLACED.payable


@pytest.mark.parametrize(
    ("values", "named"),
    [(("O1", "U1"), {}), (("O1", "U1", 1, 2), {}), (("O1", "U1", 1), {"payable": 2}), (("O1", "U1", 1), {"more": 2})],
)
def test_a_fact_holds_just_its_fields(values, named):
    with pytest.raises(TypeError, match="OrderPlaced holds order_id, customer, payable"):
        OrderPlaced(*values, **named)


def test_a_field_may_have_a_default():
    assert SwitchTurned("placing_paused", "true").data() == {
        "name": "placing_paused",
        "value": "true",
        "before": "null",
    }


def test_a_fact_is_read_back_and_a_newer_versions_fields_are_left_out():
    assert read("order.placed", {**PLACED.data(), "coupon": "K1"}) == PLACED
    assert FACTS["order.placed"] is OrderPlaced
    assert (PLACED.wire, PLACED.version, PLACED.context) == ("order.placed", 1, "orders")


def test_a_fact_says_whether_it_is_audited_and_by_a_field_that_it_has():
    from chalicelib.kernel.facts import Fact

    with pytest.raises(TypeError, match="audit"):
        type("OtherSaid", (Fact,), {"__annotations__": {}}, context="x")
    for audit in (Audit("shop", "name"), Audit("shop", "it", only={"by": "shop"})):
        with pytest.raises(TypeError, match="OtherSaid is audited by fields that it does not have"):
            type("OtherSaid", (Fact,), {"__annotations__": {"it": "str"}}, context="x", audit=audit)
    assert "other.said" not in FACTS


def test_two_facts_cannot_share_a_name():
    from chalicelib.kernel.facts import Fact

    with pytest.raises(TypeError, match=r"two facts are called order\.placed"):
        type("Other", (Fact,), {"__annotations__": {}}, context="x", audit=REMINDER, name="order.placed")
