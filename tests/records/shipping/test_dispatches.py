"""What a warehouse has of an order, exactly; and one contract for all systems of warehouses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from chalicelib.kernel.clock import ManualClock
from chalicelib.kernel.money import Fen
from chalicelib.records.inventory.feeds.rules import FedShelf, FeedRow, WmsName, fold
from chalicelib.records.shipping import warehouses
from chalicelib.records.shipping.carriers.port import CarrierMisconfigured, CarrierThrottled, CarrierUnsure, Party
from chalicelib.records.shipping.dispatches.rules import (
    DispatchContradicted,
    KeepBack,
    LineOut,
    ListeningMark,
    at_hand,
    given_up,
    listened,
    next_turn,
    sent,
    standing,
    wanted_back,
)
from chalicelib.records.shipping.warehouses import WAREHOUSES
from chalicelib.records.shipping.warehouses.jushuitan.adapter import signature
from chalicelib.records.shipping.warehouses.port import OrderDeclined, OrderOut, PiecesOut
from tests.fakes.warehouses import FAKES

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
ORDER = "O01J0000000000000000000000A"
LINES = (LineOut(0, 3), LineOut(2, 2, gone=1))
TO = Party("王小明", "13800138000", "浙江省", "杭州市", "西湖区", "文三路 8 号")
PIECES = (PiecesOut(0, "S1", 2, Fen(1998)), PiecesOut(1, "S2", 1, Fen(501)))
OUT = OrderOut(ORDER, TO, PIECES, Fen(2499), NOW)


# ---- rules ----------------------------------------------------------------------------------------------------------
def test_what_is_at_hand_is_what_went_out_less_what_is_gone_back_or_asked_for():
    assert at_hand(LINES, ()) == {0: 3, 2: 1}
    assert at_hand(LINES, (KeepBack("R", "", ((0, 2),)),)) == {0: 1, 2: 1}
    assert at_hand(LINES, (KeepBack("R", "back", ((0, 2),)), KeepBack("S", "gone", ((2, 1),)))) == {0: 3, 2: 1}
    assert at_hand(LINES, (KeepBack("R", "", ((2, 2),)),)) == {0: 3, 2: 0}


def test_of_what_is_to_be_free_only_what_is_at_hand_is_asked_for():
    assert wanted_back(LINES, (), [1, 5, 2]) == [(0, 1), (2, 1)]
    assert wanted_back(LINES, (), [4, 0, 0]) == [(0, 3)]
    assert wanted_back(LINES, (KeepBack("R", "", ((0, 3), (2, 1))),), [3, 0, 2]) == []


def test_more_than_is_there_is_neither_sent_nor_given_up():
    assert sent(LINES, {0: 3}) == [LineOut(0, 3, 3), LineOut(2, 2, 1)]
    assert given_up(LINES, [(2, 1)]) == [LineOut(0, 3), LineOut(2, 2, 1, 1)]
    for wrong in ({0: 4}, {2: 2}, {1: 1}):
        with pytest.raises(DispatchContradicted):
            sent(LINES, wrong)
    with pytest.raises(DispatchContradicted) as told:
        given_up(LINES, [(2, 2)])
    assert told.value.params["line"] == 2


def test_a_dispatch_ends_when_nothing_is_left_and_nothing_is_asked():
    gone = [LineOut(0, 3, 2, 1)]
    assert standing("out", gone, ()) == ("ended", None)
    assert standing("out", LINES, ()) == ("out", "out")
    assert standing("asked", LINES, ()) == ("asked", "unacknowledged")
    assert standing("refused", LINES, ()) == ("refused", "refused")
    assert standing("out", gone, (KeepBack("R", "", ()),)) == ("out", "intercepting")
    assert standing("out", gone, (KeepBack("R", "gone", ()),)) == ("ended", None)


def test_a_system_is_listened_to_from_where_everything_was_heard_five_minutes_ago():
    at = lambda minutes: NOW + timedelta(minutes=minutes)
    mark = listened(ListeningMark(), 10, at(0))
    assert mark == ListeningMark(0, 10, 10, at(0))
    mark = listened(mark, 30, at(4.9))
    assert (mark.settled, mark.passed, mark.latest, mark.turned) == (0, 10, 30, at(0))
    mark = listened(mark, 20, at(5))
    assert mark == ListeningMark(10, 30, 30, at(5))
    assert listened(mark, 40, at(10)) == ListeningMark(30, 40, 40, at(10))


def test_it_is_asked_again_ever_more_seldom():
    assert [(next_turn(NOW, turn) - NOW).seconds // 60 for turn in range(7)] == [1, 2, 5, 15, 30, 60, 60]


# ---- what a count leaves out ----------------------------------------------------------------------------------------
def count(pieces, as_of, seq):
    return FeedRow("S", "MAIN", pieces, None, seq, "", 0, as_of)


def test_of_what_is_set_aside_a_count_leaves_out_what_was_so_before_it():
    shelf = FedShelf(on_hand=9, seq=1, counted_at=50, acked=4, acked_before=1, acked_at=100)
    take = lambda row, free=True: fold(shelf, [row], {}, lag_ms=0, now=200, free=free)[0]
    later, earlier = take(count(5, 100, 2)), take(count(5, 99, 2))
    assert (later.on_hand, later.acked_before) == (9, 4)
    assert (earlier.on_hand, earlier.acked_before) == (6, 1)
    assert take(count(5, 100, 2), free=False).on_hand == 5
    never = shelf._replace(acked=0, acked_before=0, acked_at=None)
    assert fold(never, [count(5, 0, 2)], {}, lag_ms=0, now=200, free=True)[0].on_hand == 5
    fewer = shelf._replace(acked=2, acked_before=-1)
    assert fold(fewer, [count(5, 99, 2)], {}, lag_ms=0, now=200, free=True)[0].on_hand == 5
    assert (
        fold(shelf._replace(acked=2, acked_before=3), [count(5, 99, 2)], {}, lag_ms=0, now=200, free=True)[0].on_hand
        == 7
    )


# ---- the contract ---------------------------------------------------------------------------------------------------
def made(name, **other):
    fake = FAKES[name]()
    fake.now = lambda: NOW
    return fake, warehouses.make(name, {**fake.config, **other}, fake, ManualClock(NOW))


def test_every_system_has_another_side_and_a_name_that_a_source_may_have():
    assert set(FAKES) == set(WAREHOUSES) == set(get_args(WmsName)) - {""}
    for name, one in WAREHOUSES.items():
        fields = {field.name: field.needed for field in one.credentials}
        config = FAKES[name]().config
        assert set(config) <= set(fields)
        assert {field for field, needed in fields.items() if needed} <= set(config)
        assert made(name)[1].name == name == one.name


@pytest.mark.parametrize("name", WAREHOUSES)
def test_an_order_that_is_told_twice_is_packed_once(name):
    fake, system = made(name)
    system.tell(OUT)
    fake.faults = ["lost_after"]
    with pytest.raises(CarrierUnsure):
        system.tell(OUT)
    system.tell(OUT)
    assert [order["left"] for order in fake.orders.values()] == [{0: ["S1", 2], 1: ["S2", 1]}]
    fake.refuses = "ADDRESS"
    with pytest.raises(OrderDeclined) as no:
        system.tell(OUT)
    assert no.value.code == "ADDRESS"
    assert "王小明" not in repr(OUT)


@pytest.mark.parametrize("name", WAREHOUSES)
def test_what_is_kept_back_is_all_or_nothing_and_asked_under_one_number(name):
    fake, system = made(name)
    system.tell(OUT)
    fake.undecided = True
    one = PIECES[:1]
    assert system.keep_back(ORDER, "R1", one) == "open"
    fake.decide("R1")
    assert system.keep_back(ORDER, "R1", one) == "back"
    fake.undecided = False
    assert system.keep_back(ORDER, "R2", PIECES) == "gone"
    assert system.keep_back(ORDER, "R1", one) == "back"
    assert fake.orders[ORDER]["left"] == {0: ["S1", 0], 1: ["S2", 1]}


@pytest.mark.parametrize("name", WAREHOUSES)
def test_what_it_tells_is_read_from_a_version_on_in_pages(name):
    fake, system = made(name)
    system.tell(OUT)
    fake.page = 1
    first, second = fake.send(ORDER, {0: 2}), fake.send(ORDER, {1: 1})
    page = system.sent(0, 1)
    assert (page.more, page.high, page.unread) == (True, first["ts"], 0)
    (row,) = page.rows
    assert (row.order, row.notice, row.waybill, row.lines) == (ORDER, "9001", "YT5555508960001", ((0, 2),))
    assert row.at == NOW
    page = system.sent(0, 2)
    assert (page.more, page.high, [row.notice for row in page.rows]) == (False, second["ts"], ["9002"])
    assert [row.notice for row in system.sent(second["ts"], 1).rows] == ["9002"]
    assert (system.sent(99, 1).rows, system.sent(99, 1).high) == ([], 99)
    fake.count("S1", 7, NOW, others=2)
    (level,) = system.levels(0, 1).rows
    assert (level.sku, level.pieces, level.aside, level.as_of) == ("S1", 7, 2, NOW)


@pytest.mark.parametrize("wrong", [
    {"io_date": None}, {"io_date": "x"}, {"io_id": None}, {"l_id": "??"}, {"items": []},
    {"items": [{"outer_oi_id": "0", "qty": 0}]}, {"items": [{"outer_oi_id": "a", "qty": 1}]},
    {"items": [{"outer_oi_id": "0", "qty": 1}, {"qty": 1}]},
])  # fmt: skip
def test_a_parcel_that_nobody_can_read_is_counted_and_left_out(wrong):
    fake, system = made("jushuitan")
    system.tell(OUT)
    row = fake.send(ORDER, {0: 2})
    good = dict(row)
    fake.parcels_sent.append({**good, "io_id": 9002})
    fake.parcels_sent[0].update(wrong)
    fake._page = lambda rows, told, name: {name: rows, "has_next": False}
    page = system.sent(0, 1)
    assert (page.unread, [row.notice for row in page.rows]) == (1, ["9002"])


def test_trouble_is_told_by_its_kind_and_wrong_keys_call_somebody():
    fake, system = made("jushuitan")
    for fault, kind in (("lost_before", CarrierUnsure), ("503", CarrierUnsure), ("429", CarrierThrottled)):
        fake.faults = [fault]
        with pytest.raises(kind):
            system.levels(0, 1)
    for code, kind in (("777", CarrierThrottled), ("100", CarrierMisconfigured), ("99999", CarrierUnsure)):
        fake.refuses = code
        with pytest.raises(kind):
            system.levels(0, 1)
    _, other = made("jushuitan", app_secret="of another shop")
    with pytest.raises(CarrierMisconfigured):
        other.tell(OUT)


def test_a_form_is_signed_by_its_fields_in_order_without_the_empty_ones():
    fields = {"version": "2", "app_key": "k", "biz": "{}", "empty": "", "sign": "zz"}
    assert signature("s", fields) == "24cec3ea0df99ad177843053710a067e"
    assert signature("s", fields) == signature("s", {"app_key": "k", "biz": "{}", "version": "2"})
    assert signature("s", fields) != signature("t", fields)
