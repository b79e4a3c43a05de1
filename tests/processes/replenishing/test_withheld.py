"""Safety stock that is withheld: by a shelf's terms at once, by the shop's setting and by the forecast the next night."""

from __future__ import annotations

from chalicelib.processes.replenishing import service
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.replenishment.rules.reorder import SupplyTerms
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.support import people
from tests.support.doors import done
from tests.support.shelf import sell
from tests.support.trade import commit

from .shelves import DAY, heard, known, night, place, shelf

CLERK = Caller("S01JZ0000000000000000000000", "operator")
WITHHELD = SupplyTerms(least=5, withheld=True)


def stands(sku):
    level = inventory.read_levels([sku])[sku]
    return level.available, level.held, level.kept


def have(sku, pieces):
    commit(*stock_steps.receive(sku, pieces))
    heard(sku)


def supply(sku, terms):
    done(service.supply, place(sku), terms, work=Work(CLERK, "test"))


def test_a_shelf_of_which_it_is_said_withholds_its_safety_stock_at_once(shop):
    """S002: of eight pieces of which five are to be kept back three can be had; on hand is what it was."""
    have("S01", 8)
    supply("S01", WITHHELD)
    assert stands("S01") == (3, 0, 5)
    sell("S01", 3)
    assert (stands("S01"), inventory.on_hand("S01")) == ((0, 3, 5), 8)
    supply("S01", SupplyTerms(least=5))
    assert stands("S01") == (5, 3, 0)


def test_who_takes_back_the_terms_of_a_shelf_withholds_nothing_any_more(shop):
    have("S01", 8)
    supply("S01", WITHHELD)
    supply("S01", None)
    assert stands("S01") == (8, 0, 0)


def test_alerts_go_by_what_no_order_holds_whatever_of_it_is_withheld(shop):
    have("S01", 8)
    supply("S01", WITHHELD)
    heard("S01")
    assert (shelf("S01").available, shelf("S01").level) == (8, None)
    sell("S01", 3)
    heard("S01")
    assert (shelf("S01").available, shelf("S01").level) == (5, "low")


def test_the_shops_setting_is_followed_within_a_night_in_both_directions(shop, bus, engine, monkeypatch):
    have("S01", 80)
    known("S01", *[7] * 10, weekly=7.0, variance=7.0)
    supply("S01", None)
    safety = shelf("S01").safety
    monkeypatch.setenv("REPLENISH_WITHHOLD", "1")
    night(bus)
    assert stands("S01") == (80 - safety, 0, safety)
    monkeypatch.setenv("REPLENISH_WITHHOLD", "0")
    engine.advance(DAY)
    night(bus)
    assert stands("S01") == (80, 0, 0)


def test_the_door_says_what_is_withheld(front, shop):
    token = people.member(front, "operator", fresh=True).token
    heard(shop.red)
    path = f"/v1/admin/shelves/MAIN/{shop.red}"
    told = front.request("PUT", f"{path}/terms", {"min_reorder": 2, "withheld": True}, token=token)
    assert told.status == 204, told.text
    seen = front.request("GET", path, token=token).json
    assert (seen["terms"]["withheld"], seen["safety_stock"]) == (True, 2)
    stock = front.request("GET", f"/v1/admin/stock/{shop.red}", token=token).json
    assert (stock["on_hand"], stock["available"], stock["held"], stock["withheld"]) == (5, 3, 0, 2)
    (spot,) = front.request("GET", f"/v1/admin/stock/{shop.red}/places", token=token).json["places"]
    assert (spot["available"], spot["withheld"]) == (3, 2)
    sold_out = front.request("GET", f"/v1/products/{shop.id}").json
    assert [sku["left"] for sku in sold_out["skus"] if sku["sku"] == shop.red] == [3]
    assert front.request("DELETE", f"{path}/terms", token=token).status == 204
    assert stands(shop.red) == (5, 0, 0)
