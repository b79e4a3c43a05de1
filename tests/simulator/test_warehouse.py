"""The shop's adapter and the simulated warehouse, written apart from the same rules, understand one another."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

import simulator
from chalicelib.kernel.clock import SystemClock
from chalicelib.kernel.money import Fen
from chalicelib.records.shipping import warehouses
from chalicelib.records.shipping.carriers.port import CarrierMisconfigured, CarrierThrottled, CarrierUnsure, Party
from chalicelib.records.shipping.warehouses.port import OrderDeclined, OrderOut, PiecesOut, WarehousePort
from chalicelib.runtime.outside import PooledHttp
from simulator import Simulator
from tests.simulator.shop import Answer, call

ORDER = "O01KAQ3T8Z6M4V2N9C7XJ5R1B0"
TO = Party("王小明", "13800138000", "上海市", "上海市", "浦东新区", "世纪大道 1 号")
PIECES = (PiecesOut(0, "S1", 2, Fen(1998)), PiecesOut(1, "S2", 1, Fen(501)))


def adapter(sim: Simulator, **bend: Any) -> WarehousePort:
    return warehouses.make("jushuitan", sim.merchant["shipping/jushuitan"] | bend, PooledHttp(), SystemClock())


def out(order: str = ORDER, to: Party = TO) -> OrderOut:
    return OrderOut(order, to, PIECES, Fen(2499), SystemClock().now())


def play(sim: Simulator, asked: dict[str, Any]) -> Answer:
    return call("POST", f"{sim.url}/_sim/warehouse", json.dumps(asked))


def test_an_order_is_told_kept_back_in_part_and_sent_once(still: Simulator) -> None:
    system, house = adapter(still), still.warehouse
    for _ in range(2):
        system.tell(out())
    assert system.keep_back(ORDER, "R1", PIECES[1:]) == "back"
    house.send(ORDER)
    assert house.send(ORDER) is None
    assert system.keep_back(ORDER, "R2", PIECES[:1]) == "gone"
    for row in house.parcels:
        row["shows_at"] = 0.0
    rows = system.sent(0, 1).rows
    assert {row.notice for row in rows} == {"900000"}
    assert {(row.order, row.lines, row.company) for row in rows} == {(ORDER, ((0, 2),), "yuantong")}


def test_it_tells_of_levels_with_what_is_set_aside(still: Simulator) -> None:
    system = adapter(still)
    play(still, {"sku": "S1", "count": 9, "others": 4})
    system.tell(out())
    (level,) = system.levels(0, 1).rows
    assert (level.sku, level.pieces, level.aside) == ("S1", 9, 6)
    still.warehouse.send(ORDER)
    (level,) = system.levels(0, 1).rows
    assert (level.pieces, level.aside) == (7, 4)


def test_wishes_wait_for_somebody_where_that_is_wanted(still: Simulator) -> None:
    system = adapter(still)
    play(still, {"undecided": True})
    system.tell(out())
    assert system.keep_back(ORDER, "R1", PIECES) == "open"
    play(still, {"wish": "R1", "what": "decide"})
    assert system.keep_back(ORDER, "R1", PIECES) == "back"


@pytest.mark.parametrize(
    ("knob", "kind"),
    [
        ("down", CarrierUnsure),
        ("lost_answer", CarrierUnsure),
        ("answer_500", CarrierUnsure),
        ("throttle", CarrierThrottled),
    ],
)
def test_what_goes_wrong_on_purpose_is_told_again_under_the_same_id(
    still: Simulator, knob: str, kind: type[Exception]
) -> None:
    system = adapter(still)
    still.faults("jushuitan", **{knob: 1})
    with pytest.raises(kind):
        system.tell(out())
    system.tell(out())
    assert still.warehouse.orders[ORDER]["left"] == {"0": ["S1", 2], "1": ["S2", 1]}


def test_wrong_keys_and_an_address_that_is_none_are_refused(still: Simulator) -> None:
    with pytest.raises(CarrierMisconfigured):
        adapter(still, app_secret="of another shop").tell(out())
    with pytest.raises(OrderDeclined):
        adapter(still).tell(out(to=TO._replace(line="")))


def test_an_order_is_sent_by_itself_and_stays_known_over_a_restart(state: Path) -> None:
    running = simulator.start(state, speedup=36_000, seed=7)
    adapter(running).tell(out())
    running.stop()
    again = simulator.start(state, speedup=36_000, seed=7)
    try:
        time.sleep(0.3)
        system = adapter(again)
        system.levels(0, 1)
        for row in again.warehouse.parcels:
            row["shows_at"] = 0.0
        assert {row.order for row in system.sent(0, 1).rows} == {ORDER}
    finally:
        again.stop()


def test_what_it_does_not_know_is_refused_by_hand(still: Simulator) -> None:
    assert play(still, {"order": "nobody's", "what": "send"}).status == 422
    assert call("GET", f"{still.url}/_sim/warehouse").status == 200
