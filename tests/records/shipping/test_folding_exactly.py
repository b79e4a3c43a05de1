"""How traces fold and are shown, at the edges: one instant, the first news, what is unknown, whose lines are told."""

from datetime import timedelta

import pytest

from chalicelib.records.shipping.rules import (
    APART,
    ENDED,
    SHIPMENT,
    TRACED,
    merged,
    stand,
    state_after,
    timely,
    todo_of,
)

from .test_folding import told


def test_of_one_instant_what_is_further_on_its_way_comes_last_whatever_its_name():
    assert stand([told("in_transit", 0), told("picked_up", 0)]).status == "in_transit"
    assert stand([told("picked_up", 0, key="z"), told("in_transit", 0, key="a")]).status == "in_transit"


def test_a_parcel_was_fetched_when_something_is_first_known_of_it():
    strange, fetched, moving = told("unknown", 0, code="X9"), told("picked_up", 10), told("in_transit", 20)
    standing = stand([moving, strange, fetched])
    assert (standing.picked_up_at, standing.at, standing.last_at) == (fetched.at, moving.at, moving.at)
    assert standing.unknown == ("X9",)
    only = stand([strange])
    assert (only.status, only.picked_up_at, only.last_at) == (None, None, strange.at)


def test_a_delivery_is_of_when_it_was_first_told_and_stands_after_the_way_back():
    first, again, back = told("delivered", 10), told("delivered", 30), told("returning", 40)
    standing = stand([again, first, back])
    assert (standing.delivered_at, standing.status, standing.at) == (first.at, "returning", back.at)


@pytest.mark.parametrize("state", SHIPMENT.all)
def test_news_moves_a_parcel_that_has_a_waybill_and_no_other(state):
    moving = state == "labelled" or state in TRACED
    assert state_after(state, stand([told("in_transit", 0)])) == ("in_transit" if moving else state)
    assert state_after(state, stand([told("unknown", 0)])) == ("labelled" if moving else state)


def test_a_customer_sees_the_carriers_own_lines_and_others_only_when_they_are_clearly_later():
    late, early = told("in_transit", 60), told("picked_up", 0)
    edge = told("exception", 60, source="kd100")._replace(at=late.at + APART)
    after = edge._replace(at=edge.at.replace(microsecond=1), key="after")
    shown = merged([after, edge, late, early], "sf")
    assert shown == [early, late, after]


@pytest.mark.parametrize("source", ["sf", "kd100"])
def test_lines_of_one_instant_are_told_in_the_order_of_the_way(source):
    shown = merged([told("in_transit", 0, source=source), told("picked_up", 0, source=source)], "sf")
    assert [one.status for one in shown] == ["picked_up", "in_transit"]


def test_what_says_nothing_of_the_way_is_told_first_of_its_instant():
    shown = merged([told("picked_up", 0), told("unknown", 0)], "sf")
    assert [one.status for one in shown] == ["unknown", "picked_up"]


def test_a_parcel_lies_in_the_list_of_what_is_to_be_done_of_it():
    lists = {state: todo_of(state) for state in SHIPMENT.all}
    assert {state for state, todo in lists.items() if todo is None} == set(ENDED)
    first = {"created": "waiting", "refused": "waiting", "labelled": "packed"}
    assert {state: todo for state, todo in lists.items() if state in first} == first
    assert {todo for state, todo in lists.items() if state not in {*first, *ENDED}} == {"moving"}


def test_a_clock_is_believed_that_is_five_minutes_ahead_and_none_that_is_more():
    one = told("in_transit", 0)
    assert timely(one, one.at - APART) == one
    assert timely(one, one.at + APART) == one
    early = one.at - APART - timedelta(milliseconds=1)
    assert timely(one, early) == one._replace(at=early)
