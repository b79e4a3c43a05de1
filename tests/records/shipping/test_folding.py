"""Traces add up: any order and any repetition of them ends alike, and what ends a way counts only when it is proven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.kernel.clock import iso
from chalicelib.records.shipping.rules import (
    RANK,
    SHIPMENT,
    TRACED,
    Trace,
    discreet,
    merged,
    number_of,
    parcel_of,
    return_right_ends,
    stand,
)

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def told(status, minutes, *, source="sf", proven=True, code="", key=""):
    at = NOON + timedelta(minutes=minutes)
    return Trace(at, status, code or status, f"{status} {minutes}", "", key or f"{minutes}-{status}", source, proven)


WAYS = {
    "delivered": (["picked_up", "in_transit", "out_for_delivery", "delivered"], "delivered"),
    "at a station": (["picked_up", "out_for_delivery", "at_pickup_point"], "at_pickup_point"),
    "fetched at a station": (["out_for_delivery", "at_pickup_point", "delivered"], "delivered"),
    "not at home, then signed": (["out_for_delivery", "exception", "out_for_delivery", "delivered"], "delivered"),
    "scanned once more after signing": (["delivered", "in_transit", "exception"], "delivered"),
    "delivered, then sent back": (["delivered", "returning", "in_transit"], "returning"),
    "delivered, then returned": (["out_for_delivery", "delivered", "returning", "returned"], "returned"),
    "refused, and moving back": (["out_for_delivery", "returning", "in_transit", "out_for_delivery"], "returning"),
    "refused, then signed after all": (["out_for_delivery", "returning", "delivered"], "delivered"),
    "returned is the end": (["returning", "returned", "in_transit", "delivered"], "returned"),
    "lost and found": (["in_transit", "lost", "in_transit"], "in_transit"),
    "with a code that nobody knows": (["picked_up", "unknown", "delivered", "unknown"], "delivered"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_order_and_repetition_of_traces_ends_in_the_same_standing(way):
    statuses, end = WAYS[way]
    traces = [told(status, n * 10) for n, status in enumerate(statuses)]
    ends = {stand([*order, *order[:n]]) for order in permutations(traces) for n in (0, 1, len(traces))}
    assert [one.status for one in ends] == [end]


@given(
    st.lists(st.tuples(st.sampled_from([*TRACED, "unknown"]), st.integers(0, 3), st.booleans()), max_size=7),
    st.randoms(),
)
def test_traces_of_one_instant_are_told_apart_by_rank_whatever_their_order(rows, random):
    traces = [told(status, at, proven=proven, key=f"{n}") for n, (status, at, proven) in enumerate(rows)]
    shuffled = traces * 2
    random.shuffle(shuffled)
    assert stand(shuffled) == stand(traces)


def test_at_one_instant_the_higher_rank_comes_last():
    assert stand([told("delivered", 0), told("out_for_delivery", 0)]).status == "delivered"
    assert stand([told("returned", 0), told("delivered", 0)]).status == "returned"
    assert list(RANK) == list(TRACED)


def test_an_end_that_is_only_claimed_moves_nothing_and_is_told():
    moving, claimed = told("out_for_delivery", 0), told("delivered", 10, proven=False)
    assert stand([moving, claimed])[:1] == ("out_for_delivery",)
    assert stand([moving, claimed]).claimed
    assert stand([moving, claimed]).delivered_at is None
    assert stand([moving, claimed, claimed._replace(proven=True)]).status == "delivered"
    assert not stand([moving, told("exception", 10, proven=False)]).claimed


def test_the_times_are_those_of_the_traces():
    standing = stand(
        [told("delivered", 30), told("picked_up", 5), told("unknown", 40, code="607"), told("picked_up", 9)]
    )
    assert standing.at == standing.delivered_at == NOON + timedelta(minutes=30)
    assert standing.picked_up_at == NOON + timedelta(minutes=5)
    assert standing.last_at == NOON + timedelta(minutes=40)
    assert standing.unknown == ("607",)


def test_signing_twice_starts_the_days_once_and_signing_after_a_way_back_starts_them_anew():
    twice = stand([told("delivered", 0), told("delivered", 9)])
    assert twice.delivered_at == NOON
    again = stand([told("delivered", 0), told("returning", 5), told("delivered", 60)])
    assert again.delivered_at == NOON + timedelta(minutes=60)


def test_nothing_was_heard_of_a_waybill_without_traces():
    assert stand([]) == (None, None, None, None, None, False, ())


def test_goods_go_back_until_the_end_of_the_seventh_day():
    signed = datetime(2021, 6, 14, 9, 31, 57, tzinfo=UTC)
    assert iso(return_right_ends(signed)) == "2021-06-21T15:59:59.000Z"
    late = datetime(2021, 6, 14, 16, 30, tzinfo=UTC)  # the next day in Shanghai
    assert iso(return_right_ends(late)) == "2021-06-22T15:59:59.000Z"


def test_one_source_leads_and_another_only_goes_on_where_it_ends():
    own = [told("in_transit", 0, source="jd"), told("delivered", 60, source="jd")]
    others = [told("in_transit", 1, source="kuaidi100"), told("delivered", 64, source="kuaidi100")]
    assert merged([*others, *reversed(own)], "jd") == own
    assert merged(list(reversed(others)), "jd") == others
    later = told("returning", 66, source="kuaidi100")
    assert merged([*own, *others, later], "jd") == [*own, later]


def test_what_carriers_say_names_nobody_that_could_be_called():
    assert discreet("派件员 张三 电话13800138000，请 保持畅通") == "派件员 张三 电话138****，请 保持畅通"
    assert discreet("电话 0755-1234 5678") == "电话 075****"
    assert discreet("快件 3 件，第 12 号柜") == "快件 3 件，第 12 号柜"
    assert len(discreet("长" * 500)) == 200


def test_our_number_tells_the_order_and_which_of_its_parcels():
    order = "O01J0000000000000000000000A"
    assert number_of(order, 7) == "S01J0000000000000000000000A07"
    assert parcel_of(number_of(order, 7)) == (order, 7)
    for other in ("", order, "S01J0000000000000000000000A7", "QBT20160824100000002", number_of(order, 7) + "1"):
        assert parcel_of(other) is None


def test_a_parcel_is_cancelled_only_before_it_was_fetched_and_traced_only_with_a_label():
    assert SHIPMENT.sources("cancel") == ["created", "refused", "labelled"]
    for status in TRACED:
        assert SHIPMENT.after("labelled", status) == status
        assert SHIPMENT.after(status, status) == status
        assert SHIPMENT.after("created", status) is None
        assert SHIPMENT.after("cancelled", status) is None
    assert SHIPMENT.after("refused", "again") == "created"
