"""When goods arrive: what is promised for a place, in a quote, and on the order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.kernel.clock import instant, iso, millis
from chalicelib.processes.merchandising.tariffs.shapes import ServiceBody
from chalicelib.records.orders import service as orders
from chalicelib.records.tariffs import service as tariffs
from tests.processes.merchandising.test_tariffs import zone
from tests.processes.ordering.test_freight import act, published
from tests.support.shelf import calls
from tests.support.world import START

__all__ = ["calls"]
HERE = "310115"
TOMORROW = "2026-06-02T14:00:00.000Z"  # ten in the evening in Shanghai


def serve(**more):
    """Publish a delivery service; nothing else said, the next day for ¥3.00."""
    said = {"name": {"zh": "次日达", "en": "Next day"}, "service": "next_day", "days": 1, "fee_fen": 300, **more}
    name = act(lambda work: tariffs.draft("services", ServiceBody.model_validate(said).document(), work))
    act(lambda work: tariffs.publish("services", name, 1, work))
    return name


def promise(counter, sku=None, region=HERE):
    return counter.front.get(f"/v1/delivery-promise?sku={sku or counter.skus[0]}&region={region}")


def quoted(counter, service=None, status=200):
    body = {"items": [{"sku": counter.skus[0], "quantity": 1}], **({"service": service} if service else {})}
    told = counter.ask("POST", "/v1/quotes", body)
    assert told.status == status, told.text
    return told.json


def test_a_product_says_how_soon_it_can_be_there(counter):
    serve(areas=["31"])
    serve(service="standard", days=3, fee_fen=0)
    told = promise(counter).json
    assert (told["deliverable"], told["available"]) == (True, True)
    assert [
        (one["service"], one["promised_at"], one["order_before"], one["service_fee"]["fen"]) for one in told["options"]
    ] == [
        ("standard", "2026-06-04T14:00:00.000Z", "2026-06-01T08:00:00.000Z", 0),
        ("next_day", TOMORROW, "2026-06-01T08:00:00.000Z", 300),
    ]
    assert [one["service"] for one in promise(counter, region="440305").json["options"]] == ["standard"]


def test_a_promise_costs_one_round_trip_of_two_items(counter, calls):
    serve()
    promise(counter)
    calls.clear()
    answer = promise(counter)
    assert calls == ["BatchGetItem"]
    path, seen = f"/v1/delivery-promise?sku={counter.skus[0]}&region={HERE}", {"If-None-Match": answer.headers["etag"]}
    same = counter.front.request("GET", path, headers=seen)
    assert same.status == 304


def test_nothing_is_promised_for_what_is_not_sent_there_or_not_there(counter):
    serve(service="standard")
    published(zones=[zone()], not_delivered=["65"])
    told = promise(counter, region="653101").json
    assert (told["deliverable"], told["options"]) == (False, [])
    counter.place(counter.quote((1, 6)))
    told = promise(counter, counter.skus[1]).json
    assert (told["deliverable"], told["available"], told["options"]) == (True, False, [])
    unknown = promise(counter, "P01JZ000000000000000000000001")
    assert (unknown.status, unknown.json["code"]) == (404, "SKU_NOT_FOUND")
    assert promise(counter, region="31").status == 422
    for nowhere in ("999999", "310199"):
        told = promise(counter, region=nowhere)
        assert (told.status, told.json["code"]) == (422, "REGION_NOT_FOUND")


def test_a_quote_seals_what_was_chosen_and_the_order_keeps_it(counter):
    serve()
    serve(service="standard", fee_fen=0)
    plain, soon = quoted(counter), quoted(counter, "next_day")
    assert (plain["service"], plain["promised_at"]) == ("standard", "2026-06-02T14:00:00.000Z")
    assert (soon["service"], soon["promised_at"]) == ("next_day", TOMORROW)
    assert soon["freight"]["fen"] == plain["freight"]["fen"] + 300
    order = counter.place(soon).json["order_id"]
    bill = orders.find(order).bill
    assert (bill.service, iso(instant(bill.promised)), bill.freight) == ("next_day", TOMORROW, soon["freight"]["fen"])
    told = counter.ask("GET", f"/v1/orders/{order}").json
    assert (told["service"], told["promised_at"], told["promise"]) == ("next_day", TOMORROW, None)


def test_without_services_nothing_is_promised(counter):
    told = quoted(counter)
    assert (told["service"], told["promised_at"]) == ("standard", None)
    order = counter.place(told).json["order_id"]
    assert orders.find(order).bill.promised == 0
    assert counter.ask("GET", f"/v1/orders/{order}").json["promised_at"] is None


@pytest.mark.parametrize("service", ["next_day", "hourly"])
def test_a_service_that_is_not_to_be_had_is_refused_by_name(counter, service):
    serve(areas=["44"])
    told = quoted(counter, service, 409)
    assert (told["code"], told["params"]) == ("SERVICE_NOT_OFFERED", {"service": service})


def test_a_quote_by_the_next_day_ends_at_the_cut_off_and_its_successor_goes_by_standard(counter):
    serve(cutoff="10:05")
    serve(service="standard", days=3, fee_fen=0)
    soon = quoted(counter, "next_day")
    assert soon["expires_at"] == iso(START + timedelta(minutes=5))
    assert quoted(counter)["expires_at"] > soon["expires_at"]
    counter.clock.advance(timedelta(minutes=5))
    told = counter.place(soon)
    assert (told.status, told.json["code"]) == (409, "PRICE_CHANGED")
    fresh = told.json["params"]["quote"]
    assert (fresh["service"], fresh["freight"]["fen"]) == ("standard", soon["freight"]["fen"] - 300)
    assert counter.place(fresh).status == 201


def test_hourly_counts_from_the_quote(counter):
    serve(service="hourly", minutes=45, fee_fen=900)
    told = quoted(counter, "hourly")
    assert (told["service"], told["promised_at"][:19]) == ("hourly", iso(START + timedelta(minutes=45))[:19])
    assert millis(START) < orders.find(counter.place(told).json["order_id"]).bill.promised
