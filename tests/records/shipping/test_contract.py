"""One contract for all carriers: each is played against its fake, which was written from its documents."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import unquote_plus

import pytest

from chalicelib.kernel.clock import ManualClock
from chalicelib.records.shipping import carriers
from chalicelib.records.shipping.carriers import CARRIERS
from chalicelib.records.shipping.carriers.port import (
    BookedBefore,
    BookingUnknown,
    CarriageDeclined,
    CarrierError,
    CarrierMisconfigured,
    CarrierThrottled,
    CarrierUnsure,
    Consignment,
    FetchedAlready,
    Party,
    PushForged,
    RawPush,
    WaybillRef,
)
from chalicelib.records.shipping.rules import discreet, number_of
from tests.fakes.carriers import FAKES
from tests.fakes.carriers.common import NOW

ORDER = "O01J0000000000000000000000A"
NUMBER = number_of(ORDER, 1)
RECEIVER = Party("王小明", "13800138000", "浙江省", "杭州市", "西湖区", "文三路 8 号")
PARCEL = Consignment(NUMBER, RECEIVER, 2, 1500, NOW)
MIDWAY = {"city": "out_for_delivery"}  # a courier sorts nothing
BOOKS = [name for name, one in CARRIERS.items() if one.books]


def made(name, **other):
    fake = FAKES[name]()
    nonces = iter(f"nonce-{n}" for n in range(100))
    return fake, carriers.make(name, {**fake.config, **other}, fake, ManualClock(NOW), lambda: next(nonces))


def test_every_carrier_has_a_desk_and_its_document_has_the_fields_of_its_manifest():
    assert set(FAKES) == set(CARRIERS)
    for name, one in CARRIERS.items():
        fields = {field.name: field.needed for field in one.credentials}
        config = FAKES[name]().config
        assert set(config) <= set(fields)
        assert {field for field, needed in fields.items() if needed} <= set(config)
        assert made(name)[1].name == name


@pytest.mark.parametrize("name", BOOKS)
def test_booking_twice_under_one_number_books_once(name):
    fake, carrier = made(name)
    booked = carrier.book(PARCEL)
    with pytest.raises(BookedBefore):
        carrier.book(PARCEL)
    assert carrier.booked(NUMBER).waybill == booked.waybill
    assert [one.waybill for one in fake.parcels.values()] == [booked.waybill]


@pytest.mark.parametrize("name", BOOKS)
def test_a_lost_answer_is_unknown_and_asked_for_under_the_same_number(name):
    fake, carrier = made(name)
    for fault in ("lost_before", "500", "garbled"):
        fake.faults = [fault]
        with pytest.raises(CarrierUnsure):
            carrier.book(PARCEL)
        if fault == "lost_before":
            with pytest.raises(BookingUnknown):
                carrier.booked(NUMBER)
    fake, carrier = made(name)
    fake.faults = ["lost_after"]
    with pytest.raises(CarrierUnsure):
        carrier.book(PARCEL)
    assert carrier.booked(NUMBER).waybill == fake.parcels[NUMBER].waybill


@pytest.mark.parametrize("name", BOOKS)
def test_a_parcel_is_called_off_until_it_was_fetched_and_twice_is_once(name):
    fake, carrier = made(name)
    waybill = carrier.book(PARCEL).waybill
    carrier.cancel(NUMBER, waybill)
    carrier.cancel(NUMBER, waybill)
    assert fake.parcels[NUMBER].state == "cancelled"
    carrier.cancel(number_of(ORDER, 2), "")  # nobody knows it: there is nothing to call off
    third = number_of(ORDER, 3)
    carrier.book(PARCEL._replace(number=third))
    fake.scan(third, fake.ours["picked_up"], NOW)
    with pytest.raises(FetchedAlready):
        carrier.cancel(third, fake.parcels[third].waybill)


def handed_in(name, fake, carrier):
    if name in BOOKS:
        return carrier.book(PARCEL).waybill
    fake.hand_in(NUMBER, "YT5555508965056")
    return "YT5555508965056"


@pytest.mark.parametrize("name", CARRIERS)
def test_what_happens_to_a_waybill_is_told_when_it_is_asked_and_is_proven(name):
    fake, carrier = made(name)
    waybill = handed_in(name, fake, carrier)
    fake.scan(NUMBER, fake.ours["picked_up"], NOW, "已揽收，电话 13912345678")
    fake.scan(NUMBER, fake.ours["in_transit"], NOW + timedelta(hours=1))
    fake.scan(NUMBER, fake.ours["delivered"], NOW + timedelta(hours=9))
    fake.scan(NUMBER, "no such code", NOW + timedelta(hours=10))
    traces = sorted(carrier.traces(WaybillRef(NUMBER, waybill, "yuantong", "8000")))
    assert [one.status for one in traces] == ["picked_up", MIDWAY.get(name, "in_transit"), "delivered", "unknown"]
    assert [one.at for one in traces] == [NOW + timedelta(hours=n) for n in (0, 1, 9, 10)]
    assert traces[0].words == discreet("已揽收，电话 13912345678")
    assert "13912345678" not in repr(traces)
    assert {(one.source, one.proven) for one in traces} == {(name, True)}
    assert len({one.key for one in traces}) == 4
    assert sorted(carrier.traces(WaybillRef(NUMBER, waybill, "yuantong", "8000"))) == traces


@pytest.mark.parametrize("name", CARRIERS)
def test_a_rate_is_whole_fen(name):
    _, carrier = made(name)
    rates = carrier.rate(PARCEL)
    assert [int(one.fee) for one in rates] == {"sf": [1850, 2300], "jd": [1230], "kuaidi100": [950], "city": [950]}[
        name
    ]
    assert all(one.service for one in rates)


@pytest.mark.parametrize("name", CARRIERS)
def test_trouble_on_the_way_is_told_by_its_kind(name):
    fake, carrier = made(name)
    waybill = handed_in(name, fake, carrier)
    for fault, kind in (
        ("lost_after", CarrierUnsure),
        ("503", CarrierUnsure),
        ("429", CarrierThrottled),
        ("garbled", CarrierUnsure),
    ):
        fake.faults = [fault]
        with pytest.raises(kind):
            carrier.traces(WaybillRef(NUMBER, waybill, "yuantong", "8000"))


@pytest.mark.parametrize(
    ("name", "key", "code"),
    [
        ("sf", "checkword", "A1006"),
        ("jd", "app_secret", "2006"),
        ("kuaidi100", "key", "503"),
        ("city", "app_secret", "1001"),
    ],
)
def test_wrong_keys_call_somebody(name, key, code):
    _, carrier = made(name, **{key: "of another shop, which is long enough"})
    with pytest.raises(CarrierMisconfigured) as trouble:
        carrier.traces(WaybillRef(NUMBER, "YT5555508965056", "yuantong", "8000"))
    assert (trouble.value.code, trouble.value.calls) == (code, "configuration")


@pytest.mark.parametrize(("name", "code"), [("sf", "filter"), ("jd", "2004"), ("city", "2003")])
def test_a_no_is_final_and_a_code_that_nobody_knows_is_not(name, code):
    fake, carrier = made(name)
    fake.refuses = code
    with pytest.raises(CarriageDeclined):
        carrier.book(PARCEL)
    fake.refuses = "99999"
    with pytest.raises(CarrierUnsure) as trouble:
        carrier.book(PARCEL)
    assert (trouble.value.code, trouble.value.calls) == ("99999", "table")


def test_who_books_nothing_says_so():
    _, carrier = made("kuaidi100")
    for call in (lambda: carrier.book(PARCEL), lambda: carrier.booked(NUMBER)):
        with pytest.raises(CarriageDeclined):
            call()
    with pytest.raises(FetchedAlready):
        carrier.cancel(NUMBER, "YT5555508965056")


def test_what_tells_of_a_person_is_not_printed():
    _, carrier = made("sf")
    assert "王小明" not in repr(PARCEL)
    assert "13800138000" not in repr(PARCEL)
    assert "SHOP01" not in repr(carrier._contract)
    assert "bytes" in repr(RawPush("secret", "application/json", b"{}"))
    assert CarrierError("a code<script>").code == "acodescript"


@pytest.mark.parametrize("name", ["sf", "jd", "city"])
def test_the_receiver_and_the_sender_are_told_whole(name):
    fake, carrier = made(name)
    bodies = []
    answer = fake.answer
    fake.answer = lambda url, body: bodies.append(body) or answer(url, body)
    carrier.book(PARCEL)
    told = json.loads(json.dumps(unquote_plus(bodies[0].decode())))
    for word in (*RECEIVER, "仓库", "075512345678", NUMBER):
        assert word in told


@pytest.mark.parametrize("name", ["sf", "jd", "city"])
def test_a_parcel_with_a_sender_of_its_own_is_fetched_there(name):
    fake, carrier = made(name)
    bodies = []
    answer = fake.answer
    fake.answer = lambda url, body: bodies.append(unquote_plus(body.decode())) or answer(url, body)
    carrier.book(PARCEL._replace(sender=Party("发货组", "02151234567", "上海市", "上海市", "浦东新区", "张江路 1 号")))
    assert all(word in bodies[0] for word in ("发货组", "02151234567", "浦东新区", "张江路 1 号", *RECEIVER))
    assert "075512345678" not in bodies[0]


def test_an_aggregator_reckons_from_where_the_parcel_is_fetched():
    fake, carrier = made("kuaidi100")
    bodies = []
    answer = fake.answer
    fake.answer = lambda url, body: bodies.append(unquote_plus(body.decode())) or answer(url, body)
    carrier.rate(PARCEL)
    carrier.rate(PARCEL._replace(sender=Party("发货组", "02151234567", "上海市", "上海市", "浦东新区", "张江路 1 号")))
    assert ["上海市上海市浦东新区" in one for one in bodies] == [False, True]


@pytest.mark.parametrize("name", CARRIERS)
def test_nothing_goes_out_unencrypted_but_on_a_local_stage(name, monkeypatch):
    fields = [field for field in FAKES[name]().config if field.endswith("_url")]
    for field in fields:
        made(name, **{field: "http://carrier.test"})
        monkeypatch.setenv("JISHI_STAGE", "prod")
        with pytest.raises(CarrierMisconfigured, match="PLAIN_HTTP"):
            made(name, **{field: "http://carrier.test"})
        made(name)
        monkeypatch.delenv("JISHI_STAGE")
    assert fields


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("sf", {"digest": "md4"}), ("sf", {"push_secret": "short"}), ("jd", {"algorithm": "none"}),
        ("jd", {"trace_codes": {"x": "no status"}}), ("kuaidi100", {"salt_secret": "short"}),
        ("city", {"app_secret": "short"}),
    ],
)  # fmt: skip
def test_a_document_that_would_be_unsafe_is_refused(name, wrong):
    with pytest.raises(CarrierMisconfigured):
        made(name, **wrong)


def test_jds_own_pushes_are_not_believed():
    _, carrier = made("jd")
    with pytest.raises(PushForged):
        carrier.parse(RawPush("", "application/json", b"{}"))
