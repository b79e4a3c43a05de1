"""Carriers fetch a parcel where it lies, if its location says where; else where their contracts say."""

from __future__ import annotations

from urllib.parse import unquote_plus

import pytest

from chalicelib.records.inventory.places import service as sites
from chalicelib.runtime.journal import Journal
from tests.support import aws
from tests.support.places import Places

DESK = {"name": "上海仓发货组", "phone": "021-51234567", "region": "310115", "line": "张江路 1 号 3 号库"}
CONTRACT = "075512345678"


@pytest.fixture
def places(yard):
    return Places(yard.counter)


@pytest.fixture
def heard(yard):
    """What carriers were told, as text, one call after the other."""
    told = []
    for one in yard.carriers.values():
        answer = one.answer
        one.answer = lambda url, body, answer=answer: told.append(unquote_plus(body.decode())) or answer(url, body)
    return told


def opened(places, **more):
    places.open("SH", **more)
    places.count("SH", 40, 40)


@pytest.mark.parametrize("name", ["sf", "jd", "city"])
def test_what_lies_elsewhere_is_fetched_there(yard, places, heard, name):
    yard.contract(name)
    opened(places, sender=DESK)
    order = yard.paid((0, 2), (1, 7))
    yard.ship(order, location="SH", carrier=name)
    yard.counter.bus.run()
    (booking,) = [one for one in heard if DESK["line"] in one]
    assert all(word in booking for word in (*DESK.values(), "上海市", "浦东新区") if word != DESK["region"])
    assert CONTRACT not in booking
    heard.clear()
    yard.ship(order, location="MAIN", carrier=name)
    yard.counter.bus.run()
    assert any(CONTRACT in one for one in heard)
    assert not any(DESK["line"] in one for one in heard)


def test_without_a_sender_of_its_own_it_is_fetched_where_the_contract_says(yard, places, heard):
    opened(places)
    order = yard.paid((1, 7))
    yard.ship(order)
    yard.counter.bus.run()
    assert any(CONTRACT in one for one in heard)


def test_what_waits_at_a_location_that_was_closed_is_still_fetched_there(yard, places, heard):
    opened(places, sender=DESK)
    order = yard.paid((1, 7))
    places.act("PUT", "/v1/admin/locations/SH", {"name": "上海仓", "active": False, "sender": DESK})
    yard.ship(order)
    yard.counter.bus.run()
    assert any(DESK["line"] in one for one in heard)


def test_what_sending_would_cost_is_asked_from_where_it_lies(yard, places, heard):
    opened(places, sender=DESK)
    order = yard.paid((1, 7))
    assert yard.act("GET", f"/v1/admin/orders/{order}/shipping-rates").status == 200
    asked = [one for one in heard if "上海市" in one]
    assert sorted(name for one in asked for name in ("srcAddress", "senderContact") if name in one) == [
        "senderContact",
        "srcAddress",
    ]


def test_a_sender_is_kept_whole_and_goes_with_the_next_description(yard, places):
    opened(places, sender=DESK, cutoff="15:00")
    shown = places.act("GET", "/v1/admin/locations/SH").json
    assert shown["sender"] == {**DESK, "province": "上海市", "city": "上海市", "district": "浦东新区"}
    assert shown["cutoff"] == "15:00"
    told = places.act("PUT", "/v1/admin/locations/SH", {"name": "上海仓", "sells": True}).json
    assert (told["sender"], told["cutoff"]) == (None, None)
    assert (sites.find("SH").sender, sites.find("SH").cutoff) == (None, "")


@pytest.mark.parametrize(
    ("region", "code"),
    [("310199", "REGION_NOT_FOUND"), ("310000", "REGION_TOO_WIDE"), ("310230", "REGION_RETIRED")],
)
def test_a_sender_lies_in_a_region_that_carriers_find(yard, places, region, code):
    told = places.act("PUT", "/v1/admin/locations/SH", {"name": "上海仓", "sender": {**DESK, "region": region}})
    assert (told.status, told.json["code"]) == (422, code)
    assert places.act("GET", "/v1/admin/locations/SH").status == 404, "nothing of it is kept"


def test_facts_name_no_sender(yard, places):
    opened(places, sender=DESK)
    facts = str([row.attribute_values for row in aws.rows(Journal)])
    assert "location.changed" in facts
    assert DESK["phone"] not in facts
