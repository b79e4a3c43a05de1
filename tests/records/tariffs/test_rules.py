"""Which zone a place lies in, and when a service delivers."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.records.tariffs import rules
from chalicelib.records.tariffs.rules import TEMPLATES, TariffBook, TariffsFull, options, zone_of

DAY = {"cutoff": "16:00", "days": 1, "by": "22:00", "opens": "09:00", "closes": "21:00", "minutes": 60}


def template(*zones, not_delivered=(), **more):
    made = [{"areas": list(areas), "first_fen": fen} for areas, fen in zones]
    return {"id": "T1", "version": 1, "default": False, "zones": made, "not_delivered": list(not_delivered), **more}


def fee(document, region):
    zone = zone_of(document, region)
    return None if zone is None else zone["first_fen"]


def service(name="V1", kind="next_day", **more):
    told = {
        "id": name,
        "service": kind,
        "location": "MAIN",
        "carrier": "sf",
        "areas": [],
        "not_areas": [],
        "fee_fen": 0,
    }
    return {**DAY, **told, "compensation": None, **more}


def local(hour, minute=0, day=1):
    return datetime(2026, 6, day, hour, minute, tzinfo=SHOP_ZONE)


def offered(now, *services, region="310115", location="MAIN"):
    book = TariffBook(1, services={one["id"]: one for one in services})
    return options(book, region, location, now.astimezone(UTC))


@pytest.mark.parametrize(("region", "fen"), [
    ("310115", 800), ("650100", 2000), ("652301", 1500), ("652302", 1600), ("652400", None), ("652401", None), ("540102", None),
    ("540121", 3000),
])  # fmt: skip
def test_the_longest_area_decides(region, fen):
    zones = (((), 800), (("65",), 2000), (("6523",), 1500), (("652302",), 1600), (("540121",), 3000))
    assert fee(template(*zones, not_delivered=["6524", "54"]), region) == fen


def test_nothing_is_sent_to_where_no_zone_is():
    assert fee(template((("31",), 800)), "320100") is None
    assert fee(template((("31",), 800), not_delivered=["31"]), "310115") is None
    assert fee(template(((), 800), not_delivered=["31"]), "310115") is None


def test_without_a_place_the_widest_zone_is_meant():
    assert fee(template((("65",), 2000), ((), 800), not_delivered=["54"]), None) == 800
    assert fee(template((("6523",), 2000), (("65",), 900)), None) == 900


def test_next_day_is_to_be_had_before_the_cut_off_only():
    (one,) = offered(local(15, 59), service())
    assert (one.promised_at, one.latest) == (local(22, day=2), local(16))
    assert offered(local(16), service()) == []


def test_standard_counts_from_the_next_day_after_the_cut_off():
    slow = service(kind="standard", days=3)
    assert [(one.promised_at, one.latest) for one in offered(local(15, 59), slow)] == [(local(22, day=4), local(16))]
    assert [(one.promised_at, one.latest) for one in offered(local(16), slow)] == [(local(22, day=5), local(16, day=2))]


@pytest.mark.parametrize(("now", "there"), [
    (local(8, 59), False), (local(9), True), (local(20, 59), True), (local(21), False),
])  # fmt: skip
def test_hourly_is_to_be_had_while_the_place_is_open(now, there):
    found = offered(now, service(kind="hourly", minutes=45, fee_fen=900))
    assert [(one.promised_at, one.latest, one.fee) for one in found] == (
        [(now + timedelta(minutes=45), local(21), 900)] if there else []
    )


def test_a_service_is_for_its_areas_and_its_location():
    there = service(areas=["31"], not_areas=["310151"])
    assert len(offered(local(9), there)) == 1
    assert offered(local(9), there, region="320100") == []
    assert offered(local(9), there, region="310151") == []
    assert offered(local(9), there, location="SH1") == []
    assert offered(local(9), service(areas=["31"], not_areas=["31"])) == []


def test_of_several_the_closest_area_wins_and_then_the_soonest():
    wide, close = service("V1", areas=["31"], days=1), service("V2", areas=["310115"], days=2)
    assert [one.id for one in offered(local(9), wide, close)] == ["V2"]
    late, soon = service("V1", days=2), service("V2", days=1)
    assert [one.id for one in offered(local(9), late, soon)] == ["V2"]
    assert [one.id for one in offered(local(9), service("V2"), service("V1"))] == ["V1"]


def test_one_option_a_service_in_their_order():
    kinds = [service(str(n), kind) for n, kind in enumerate(("hourly", "next_day", "standard"))]
    assert [one.service for one in offered(local(10), *kinds)] == ["standard", "next_day", "hourly"]


def test_a_book_is_packed_and_unpacked_as_it_was():
    book = rules.with_tariff(TariffBook(4), TEMPLATES, template(((), 800), default=True))
    assert (book.version, book.default) == (5, "T1")
    assert rules.unpacked(5, rules.packed(book)) == book
    assert rules.without(book, TEMPLATES, "T1") == TariffBook(6)


def test_a_book_that_no_row_takes_is_refused(monkeypatch):
    big = template(((), 800), name="".join(chr(0x4E00 + n) for n in range(2000)))
    monkeypatch.setattr(rules, "LARGEST", len(zlib.compress(b"x")) + 500)
    with pytest.raises(TariffsFull):
        rules.with_tariff(TariffBook(), TEMPLATES, big)


def test_what_serves_a_place_is_known_whatever_time_it_is():
    wide, close = service("V1", areas=["31"], compensation="K1"), service("V2", areas=["310115"], compensation="K2")
    other = service("V3", kind="standard")
    book = TariffBook(1, services={one["id"]: one for one in (wide, close, other)})
    found = lambda kind, region, location="MAIN": rules.serving(book, kind, region, location)
    assert found("next_day", "310115")["id"] == "V2"
    assert found("next_day", "310104")["id"] == "V1"
    assert found("next_day", "320100") is None
    assert found("next_day", "310115", "SH1") is None
    assert found("standard", "320100")["id"] == "V3"
    same = service("V0", areas=["31"])
    again = TariffBook(1, services={"V1": wide, "V0": same})
    assert rules.serving(again, "next_day", "310104", "MAIN")["id"] == "V0"
