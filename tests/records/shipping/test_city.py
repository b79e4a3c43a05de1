"""The city courier's pushes: what it signed is read, and no mutation of it is."""

from __future__ import annotations

import json
import random

import pytest

from chalicelib.kernel.clock import ManualClock
from chalicelib.records.shipping import carriers
from chalicelib.records.shipping.carriers.city.adapter import signature
from chalicelib.records.shipping.carriers.port import PushForged, PushMalformed, PushRefused, RawPush
from tests.fakes.carriers.city import SECRET, FakeCity
from tests.fakes.carriers.common import NOW
from tests.records.shipping.test_contract import NUMBER, PARCEL

JSON = "application/json"


@pytest.fixture
def fake():
    return FakeCity()


@pytest.fixture
def courier(fake):
    return carriers.make("city", fake.config, fake, ManualClock(NOW), lambda: "n")


def signed(said):
    told = {"at": "1", "nonce": "n", "said": said}
    return json.dumps({**told, "sign": signature(SECRET, "push", "1", "n", said)}).encode()


def test_what_it_signed_is_read_and_proven(fake, courier):
    waybill = courier.book(PARCEL).waybill
    fake.scan(NUMBER, "30", NOW, "已取件，电话 13912345678")
    fake.scan(NUMBER, "99", NOW)
    (report,) = courier.parse(RawPush(NUMBER, JSON, fake.push(NUMBER)))
    assert (report.waybill, report.number, report.company) == (waybill, NUMBER, "")
    assert [(one.status, one.code, one.proven) for one in report.traces] == [
        ("picked_up", "30", True),
        ("unknown", "99", True),
    ]
    assert report.traces[0].words == "已取件，电话 139****"


def test_no_mutation_of_a_push_is_believed(fake, courier):
    courier.book(PARCEL)
    fake.scan(NUMBER, "50", NOW)
    whole, dice = fake.push(NUMBER), random.Random(11)  # not a secret
    right = courier.parse(RawPush(NUMBER, JSON, whole))
    for _ in range(10_000):
        body = bytearray(whole)
        body[dice.randrange(len(body))] = dice.randrange(32, 127)
        try:
            assert courier.parse(RawPush(NUMBER, JSON, bytes(body))) == right
        except PushRefused:
            continue


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b"{}", json.dumps({"said": 1, "sign": None}).encode()])
def test_what_is_no_push_is_refused(courier, body):
    with pytest.raises(PushRefused):
        courier.parse(RawPush(NUMBER, JSON, body))


def test_a_signed_push_without_a_waybill_is_malformed(courier):
    with pytest.raises(PushMalformed):
        courier.parse(RawPush(NUMBER, JSON, signed("{}")))
    with pytest.raises(PushMalformed):
        courier.parse(RawPush(NUMBER, JSON, signed("no json")))
    with pytest.raises(PushForged):
        courier.parse(RawPush(NUMBER, JSON, signed("{}").replace(b"{}", b"[]")))


def test_it_says_taken_in_its_own_words(courier):
    assert [json.loads(courier.ack(ok, JSON).body) for ok in (True, False)] == [{"code": 0}, {"code": 1}]
