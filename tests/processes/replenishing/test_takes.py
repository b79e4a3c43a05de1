"""Stock-takes: whole or not at all, once, with a line in the ledger each, and a second person beyond a limit."""

from __future__ import annotations

import json

import pytest

from chalicelib.kernel.errors import CommitRejected
from chalicelib.processes.replenishing.takes import service
from chalicelib.processes.replenishing.takes.service import SheetLine
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.model import Movement
from chalicelib.records.inventory.rules import StaleStock, StockMoved
from chalicelib.records.proposals.model import Proposal
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.shelf import sell
from tests.support.trade import commit

CLERK = Caller("S01JZ0000000000000000000000", "operator")


WARM = "P01JZ000000000000000000000901"


def movements():
    return {(row.place, row.delta, row.reason) for row in aws.rows(Movement) if row.part.startswith("m#")}


def sheet(*lines, **more):
    return {"reason": "June", "lines": [{"sku": s, "on_hand": n, "counted": c} for s, n, c in lines], **more}


def test_what_differs_is_put_right_with_a_line_each_once(front, shop):
    clerk = people.member(front, "operator", fresh=True)
    post = lambda said, key="k1": front.post("/v1/admin/stock-takes", said, token=clerk.token, key=key)
    told = post(sheet((shop.red, 5, 3), (shop.blue, 200, 200)))
    assert told.json["lines"] == [
        {"sku": shop.red, "delta": -2, "outcome": "counted", "proposal": None},
        {"sku": shop.blue, "delta": 0, "outcome": "unchanged", "proposal": None},
    ]
    assert post(sheet((shop.red, 5, 3), (shop.blue, 200, 200))).json == told.json
    assert (inventory.on_hand(shop.red), movements()) == (3, {(f"{shop.red}@MAIN", -2, "June")})
    moved = post(sheet((shop.red, 5, 4), (shop.blue, 200, 190)), key="k2")
    assert (moved.status, moved.json["code"], moved.json["params"]["on_hand"]) == (409, "STOCK_MOVED", 3)
    assert inventory.on_hand(shop.blue) == 200
    assert post(sheet(("P01JZ000000000000000000000001", 5, 4)), key="k3").json["code"] == "STOCK_NOT_FOUND"
    twice = post(sheet((shop.red, 3, 4), (shop.red, 3, 5)), key="k4")
    assert (twice.status, twice.json["errors"][0]["message"]) == (422, "同一 SKU 只能出现一次")
    assert post(sheet((f"{shop.red}@MAIN", 3, 4)), key="k5").status == 422, "a sheet is of the main location"
    helper = people.member(front, "support", fresh=True)
    assert front.post("/v1/admin/stock-takes", sheet((shop.red, 3, 4)), token=helper.token, key="k").status == 403


def test_fewer_than_orders_hold_is_refused_and_changes_nothing(front, shop):
    sell(shop.red, 4)
    clerk = people.member(front, "operator", fresh=True)
    said = sheet((shop.blue, 200, 199), (shop.red, 5, 3))
    told = front.post("/v1/admin/stock-takes", said, token=clerk.token, key="k1")
    assert (told.json["code"], inventory.on_hand(shop.blue)) == ("STOCK_TOO_LOW", 200)
    said = sheet((shop.blue, 200, 199), (shop.red, 5, 4))
    assert front.post("/v1/admin/stock-takes", said, token=clerk.token, key="k2").status == 200
    assert inventory.read_levels([shop.red])[shop.red].held == 4


def test_beyond_what_one_may_move_in_a_day_a_second_person_is_asked(front, shop):
    commit(*stock_steps.receive(WARM, 5000))
    clerk = people.member(front, "operator", fresh=True)
    post = lambda said, key: front.post("/v1/admin/stock-takes", said, token=clerk.token, key=key).json["lines"]
    (line,) = post(sheet((WARM, 5000, 4000)), "k1")
    assert line["outcome"] == "counted"
    (line,) = post(sheet((WARM, 4000, 3999)), "k2")
    assert (line["outcome"], inventory.on_hand(WARM)) == ("proposed", 4000)
    (row,) = aws.rows(Proposal)
    told = (row.id, row.kind, row.about, json.loads(row.before), json.loads(row.after))
    assert told == (line["proposal"], "stock", WARM, {"on_hand": 4000}, {"delta": -1})
    other = people.member(front, "admin", fresh=True)
    agreed = front.post(f"/v1/admin/proposals/{row.id}/agreement", {}, token=other.token)
    assert (agreed.status, inventory.on_hand(WARM)) == (200, 3999)


def test_what_leaves_while_a_sheet_is_handed_in_is_not_written_over(shop):
    sell(shop.red, 1)
    work = Work(CLERK, "test")
    service.take([SheetLine(shop.red, 5, 4)], "June", work)
    commit(*stock_steps.ship([(shop.red, 0, 1)], work.now))
    with pytest.raises(CommitRejected) as refused:
        work.commit()
    assert refused.value.only(StaleStock)
    with pytest.raises(CommitRejected) as refused:
        service.take([SheetLine(shop.red, 5, 4), SheetLine(shop.blue, 199, 4)], "June", Work(CLERK, "test"))
    assert [reason.params["on_hand"] for reason in refused.value.reasons] == [4, 200]
    assert refused.value.only(StockMoved)
