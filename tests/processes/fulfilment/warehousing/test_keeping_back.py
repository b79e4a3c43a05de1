"""What is to be paid back is kept back first, and the refund waits for the warehouse's word."""

from __future__ import annotations


def test_a_line_that_is_paid_back_is_kept_back_first_and_the_rest_is_sent(house):
    order = house.paid((0, 3), (1, 1))
    house.jst.undecided = True
    refund = house.ask_back(order, (0, 2))
    assert house.jst.wishes == {}
    house.agree_to(refund)
    house.run()
    assert (house.row(order).todo, house.refund(refund)) == ("intercepting", "requested")
    assert house.jst.wishes[refund]["lines"] == {0: 2}
    assert house.yard.ship(order, status=409) == "ORDER_AT_WAREHOUSE"
    (listed,) = house.yard.act("GET", "/v1/admin/dispatches?todo=intercepting").json["items"]
    assert listed["keep_back"] == [{"refund_id": refund, "answer": "open", "pieces": 2}]
    house.jst.decide(refund)
    house.yard.counter.later(minutes=2)
    assert house.lines(order) == [(3, 0, 2), (1, 0, 0)]
    house.yard.counter.later(hours=2)
    assert (house.refund(refund), house.yard.ledger(order)) == ("succeeded", [(2, 2, 0, 0), (0, 0, 0, 0)])
    assert house.yard.shelf(0) == (5, 4, 1)
    house.sent(order)
    assert (house.row(order).state, house.yard.state(order)) == ("ended", "shipped")


def test_an_order_that_is_paid_back_wholly_is_kept_back_wholly_and_annulled(house):
    order = house.paid((0, 2), (1, 1))
    refund = house.ask_back(order)
    house.agree_to(refund)
    house.run()
    house.yard.counter.later(hours=2)
    assert (house.refund(refund), house.yard.state(order)) == ("succeeded", "annulled")
    assert (house.row(order).state, house.row(order).todo) == ("ended", None)
    assert (house.yard.shelf(0), house.yard.shelf(1)) == ((5, 5, 0), (6, 6, 0))
    assert all(pieces == 0 for _, pieces in house.jst.orders[order]["left"].values())


def test_what_had_gone_is_not_paid_back_and_may_be_asked_for_anew_as_goods_that_come_back(house):
    order = house.paid((0, 2))
    house.jst.send(order)  # of which nobody was told yet
    refund = house.ask_back(order, (0, 1))
    house.agree_to(refund)
    house.run()
    assert (house.refund(refund), house.row(order).wish(refund).answer) == ("declined", "gone")
    assert house.yard.ledger(order) == [(0, 0, 0, 0)]
    house.round()
    assert (house.yard.state(order), house.yard.shelf()) == ("shipped", (3, 3, 0))
    again = house.ask_back(order, (0, 1))
    house.agree_to(again)
    house.run()
    house.yard.counter.later(hours=2)
    assert (house.refund(again), house.yard.ledger(order)) == ("succeeded", [(0, 1, 2, 0)])


def test_a_lost_answer_is_asked_for_again_under_the_same_number(house):
    order = house.paid((0, 2))
    refund = house.ask_back(order)
    house.agree_to(refund)
    house.jst.faults = ["lost_after", "", "lost_before"]
    house.run()
    assert house.refund(refund) == "requested"
    for _ in range(4):
        house.yard.counter.later(minutes=30)
    assert (house.refund(refund), list(house.jst.wishes)) == ("succeeded", [refund])
    assert house.yard.state(order) == "annulled"


def test_an_order_goes_out_without_what_was_paid_back_before_and_not_while_that_is_undecided(house):
    order = house.yard.paid((0, 3))
    refund = house.ask_back(order, (0, 1))
    house.run()
    assert house.row(order) is None
    house.agree_to(refund)
    house.yard.counter.later(minutes=3)
    assert house.lines(order) == [(2, 0, 0)]
    assert house.jst.wishes == {}


def test_an_order_that_is_told_and_not_acknowledged_is_kept_back_when_it_is(house):
    house.jst.faults = ["500"]
    order = house.paid((0, 2))
    refund = house.ask_back(order, (0, 1))
    house.agree_to(refund)
    house.run()
    assert (house.row(order).state, house.jst.wishes) == ("asked", {})
    for _ in range(4):
        house.yard.counter.later(minutes=30)
    assert (house.lines(order), house.refund(refund)) == ([(2, 0, 1)], "succeeded")


def test_what_a_warehouse_never_took_is_paid_back_without_asking_it(house):
    house.jst.refuses = "ADDRESS"
    order = house.paid((0, 1))
    refund = house.ask_back(order)
    house.agree_to(refund)
    house.run()
    house.yard.counter.later(hours=2)
    assert (house.refund(refund), house.jst.wishes) == ("succeeded", {})
