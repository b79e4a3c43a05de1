"""Pushes as they come: raw bodies of real and of made messages, by the ids of the cases they stand for."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode

import pytest

from chalicelib.kernel.clock import SHOP_ZONE, ManualClock
from chalicelib.records.shipping import carriers
from chalicelib.records.shipping.carriers.kuaidi100.adapter import Kuaidi100, signed
from chalicelib.records.shipping.carriers.port import (
    CarrierMisconfigured,
    PushForged,
    PushMalformed,
    PushRefused,
    RawPush,
    WaybillRef,
)
from chalicelib.records.shipping.rules import Trace, return_right_ends, stand
from tests.fakes.carriers import FAKES
from tests.fakes.carriers.common import NOW
from tests.records.shipping import cases

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
SECRET = "p" * 40


def sf():
    fake = FAKES["sf"]()
    return carriers.make("sf", fake.config, fake, ManualClock(NOW), lambda: "n")


class Salted(Kuaidi100):
    """Whose subscriptions have the salt of the published messages."""

    def salt(self, number, waybill):
        return "s-7f21"


def kuaidi100(kind=Salted):
    fake = FAKES["kuaidi100"]()
    return kind(fake.config, fake, ManualClock(NOW), lambda: "n")


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE).astimezone(UTC)


def kd_push(param, sign):
    return RawPush("S1", FORM, urlencode({"param": param, "sign": sign}).encode())


# ---- SF -------------------------------------------------------------------------------------------------------------
def test_L001_L002_the_order_in_a_body_is_not_the_order_in_time_and_both_forms_say_the_same():
    (form,) = sf().parse(RawPush(SECRET, FORM, cases.L001_FORM.encode()))
    (plain,) = sf().parse(RawPush(SECRET, JSON, cases.L002_JSON.encode()))
    assert form == plain
    assert (form.waybill, form.number, len(form.traces)) == ("444739949795", "QBT20160824100000002", 2)
    assert form.traces[0].words == "顺丰速运 已收取快件"  # decoded once: + is a blank
    standing = stand(form.traces)
    assert (standing.status, standing.picked_up_at) == ("picked_up", shanghai("2016-08-23 14:55:23"))
    assert standing.last_at == shanghai("2016-08-24 00:00:00")
    assert stand([*form.traces, *plain.traces]) == standing


def test_L001_the_older_form_is_answered_in_its_own_words():
    assert sf().ack(True, FORM).body == '<Response service="RoutePushService"><Head>OK</Head></Response>'
    assert "<Head>ERR</Head>" in sf().ack(False, FORM).body
    assert json.loads(sf().ack(True, JSON).body)["return_code"] == "0000"
    assert json.loads(sf().ack(False, JSON).body)["return_code"] == "1000"


def test_L006_a_code_of_no_table_is_kept_and_moves_nothing():
    (report,) = sf().parse(RawPush(SECRET, JSON, cases.L006_JSON.encode()))
    assert [(one.code, one.status) for one in report.traces] == [("607", "unknown"), ("8000", "delivered")]
    assert stand(report.traces[:1])[:1] == (None,)
    assert stand(report.traces).unknown == ("607",)
    assert stand(report.traces).claimed  # a push of SF's proves nothing
    assert stand([one._replace(proven=True) for one in report.traces]).status == "delivered"


def test_L007_a_push_tells_of_several_waybills_and_one_that_is_not_ours_stops_nobody():
    known, other = sf().parse(RawPush(SECRET, JSON, cases.L007_JSON.encode()))
    assert (known.waybill, known.number) == ("SF1000000000005", "ORD-5")
    assert (other.waybill, other.number) == ("SF9999999999999", "ORD-X")
    assert [stand(one.traces).status for one in (known, other)] == ["picked_up", "picked_up"]


def test_a_push_and_a_query_name_one_route_alike_and_the_query_proves_it():
    fake = FAKES["sf"]()
    carrier = carriers.make("sf", fake.config, fake, ManualClock(NOW), lambda: "n")
    from tests.records.shipping.test_contract import NUMBER, PARCEL

    waybill = carrier.book(PARCEL).waybill
    route = fake.scan(NUMBER, "80", NOW, "已签收")
    (report,) = carrier.parse(RawPush(SECRET, JSON, fake.push(route)))
    (asked,) = carrier.traces(WaybillRef(NUMBER, waybill, "", "8000"))
    assert report.number == NUMBER
    assert report.traces[0]._replace(proven=True) == asked
    assert stand([*report.traces, asked]).status == "delivered"


@pytest.mark.parametrize("token", ["", "p" * 39, "p" * 41, "P" * 40, "é" * 20])
def test_whoever_does_not_know_the_address_is_not_sf(token):
    with pytest.raises(PushForged):
        sf().parse(RawPush(token, JSON, cases.L002_JSON.encode()))


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (JSON, b""), (JSON, b"[]"), (JSON, b"{"), (JSON, b'{"Body":[]}'), (JSON, b'{"Body":{"WaybillRoute":{}}}'),
        (JSON, b"[" * 100_000), (FORM, b"content="), (FORM, b"other=1"), (FORM, b"content=%3Cnot+xml"), (FORM, b"\xff"),
        (FORM, b"content=%3C%21DOCTYPE+x%3E%3CRequest%2F%3E"),
        (JSON, json.dumps({"Body": {"WaybillRoute": [{}] * 201}}).encode()),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(media, body):
    with pytest.raises(PushMalformed):
        sf().parse(RawPush(SECRET, media, body))


def test_routes_that_say_nothing_are_left_out_and_the_others_are_not():
    good = {"mailno": "SF1000000000001", "orderid": "x", "acceptTime": "2026-03-02 08:00:00", "opCode": "50"}
    bad = [
        {**good, "acceptTime": "yesterday"}, {**good, "acceptTime": None}, {**good, "opCode": ""},
        {**good, "mailno": "../etc"}, {**good, "mailno": ["SF1"]}, {**good, "acceptTime": "9999-12-31 99:00:00"},
        {**good, "opCode": True}, "no object",
    ]  # fmt: skip
    body = json.dumps({"Body": {"WaybillRoute": [*bad, good]}}).encode()
    (report,) = sf().parse(RawPush(SECRET, JSON, body))
    assert [one.code for one in report.traces] == ["50"]


# ---- Kuaidi100 ------------------------------------------------------------------------------------------------------
def test_L011_L012_the_whole_list_comes_each_time_and_a_station_is_not_a_signature():
    (first,) = kuaidi100().parse(kd_push(cases.L011_PARAM, cases.L011_SIGN))
    (second,) = kuaidi100().parse(kd_push(cases.L012_PARAM, cases.L012_SIGN))
    assert stand(first.traces).status == "in_transit"
    new = set(second.traces) - set(first.traces)
    assert (len(new), len(set(second.traces) | set(first.traces))) == (2, 3)
    assert sorted(one.status for one in new) == ["at_pickup_point", "delivered"]
    standing = stand([*first.traces, *second.traces])
    assert (standing.status, standing.delivered_at) == ("delivered", shanghai("2021-06-14 17:31:57"))
    assert return_right_ends(standing.delivered_at) == datetime(2021, 6, 21, 23, 59, 59, tzinfo=SHOP_ZONE)
    assert first.company == "yuantong"


def test_L014_a_corrected_carrier_is_told_with_the_same_waybill():
    (report,) = kuaidi100().parse(kd_push(cases.L014_PARAM, cases.L014_SIGN))
    assert (report.company, report.waybill) == ("shunfeng", "YT5555508965056")


def test_L015_another_salt_no_sign_another_case_and_another_text_are_forged():
    param = cases.L011_PARAM
    for sign in cases.L015_SIGNS:
        with pytest.raises(PushForged):
            kuaidi100().parse(kd_push(param, sign))
    with pytest.raises(PushForged):
        kuaidi100().parse(kd_push(cases.L015_PARAM_CHANGED, cases.L011_SIGN))
    for body in (b"", b"param=x", b"sign=x", b"\xff=1", urlencode({"param": param}).encode()):
        with pytest.raises(PushForged):
            kuaidi100().parse(RawPush("S1", FORM, body))


def test_L018_the_answer_says_whether_it_is_to_come_again():
    assert json.loads(kuaidi100().ack(True, FORM).body) == {"result": True, "returnCode": "200", "message": "成功"}
    assert json.loads(kuaidi100().ack(False, FORM).body)["result"] is False


def test_L020_equal_words_at_different_times_are_two_and_the_days_begin_with_the_signature():
    lines = [{"ftime": at, "time": at, "context": words, "status": "在途"} for at, words in cases.L020_EVENTS]
    lines[-1]["status"], lines[-3]["status"] = "签收", "派件"
    for word, status in (("已收件", "揽收"),):
        lines = [{**line, "status": status} if line["context"] == word else line for line in lines]
    param = json.dumps({"lastResult": {"com": "shentong", "nu": "773061155005903", "data": lines}}, ensure_ascii=False)
    (report,) = kuaidi100().parse(kd_push(param, signed(param, "s-7f21")))
    assert len(set(report.traces)) == 11
    standing = stand(report.traces)
    assert (standing.status, standing.delivered_at) == ("delivered", shanghai("2020-10-17 17:32:23"))
    assert return_right_ends(standing.delivered_at) == datetime(2020, 10, 24, 23, 59, 59, tzinfo=SHOP_ZONE)
    assert stand(one for one in report.traces if one.status != "delivered").status == "at_pickup_point"


def test_L021_sf_is_not_asked_for_without_the_receivers_last_digits_and_they_are_printed_nowhere():
    carrier = kuaidi100(Kuaidi100)
    for call in (lambda a: carrier.follow(a, "https://shop.test/x"), carrier.traces):
        with pytest.raises(CarrierMisconfigured, match="NO_PHONE"):
            call(WaybillRef("S1", "SF1000000000001", "shunfeng", ""))
    carrier.follow(WaybillRef("S1", "SF1000000000001", "shunfeng", "8000"), "https://shop.test/x")


def test_a_subscription_has_a_salt_of_its_own_and_repeating_it_is_no_trouble():
    carrier = kuaidi100(Kuaidi100)
    fake = carrier._http
    for _ in range(2):
        carrier.follow(WaybillRef("S1", "YT5555508965056", "yuantong"), "https://shop.test/push")
    told = fake.follows["YT5555508965056"]["parameters"]
    assert told["callbackurl"] == "https://shop.test/push"
    assert told["salt"] == carrier.salt("S1", "YT5555508965056")
    salts = {carrier.salt(number, waybill) for number in ("S1", "S2") for waybill in ("A", "B")}
    assert len(salts) == 4
    fake.hand_in("S1", "YT5555508965056")
    fake.scan("S1", "0", NOW)
    assert carrier.parse(RawPush("S1", FORM, fake.push("S1")))[0].number == "S1"
    with pytest.raises(PushForged):
        carrier.parse(RawPush("S2", FORM, fake.push("S1")))


def test_a_signed_push_without_a_waybill_is_not_read():
    for told in ({}, {"lastResult": []}, {"lastResult": {"nu": "x"}}):
        param = json.dumps(told)
        with pytest.raises(PushMalformed):
            kuaidi100().parse(kd_push(param, signed(param, "s-7f21")))
    with pytest.raises(PushMalformed):
        kuaidi100().parse(kd_push("no json", signed("no json", "s-7f21")))


def test_ten_thousand_forgeries_of_a_signed_push_change_nothing():
    carrier, dice = kuaidi100(), random.Random(7)  # not a secret
    good = kd_push(cases.L012_PARAM, cases.L012_SIGN).body
    fields = parse_qs(good.decode())
    passed = 0
    for _ in range(10_000):
        body = bytearray(good)
        for _ in range(dice.randint(1, 3)):
            at = dice.randrange(len(body))
            body[at] = dice.choice(b"0123456789abcdefABCDEF%+&=")
        forged = bytes(body)
        try:
            carrier.parse(RawPush("S1", FORM, forged))
        except PushRefused:
            continue
        passed += parse_qs(forged.decode()) != fields  # one that is decoded to the same text is the same push
    assert passed == 0


def test_a_trace_is_hashable_and_equal_by_what_it_says():
    assert len({Trace(NOW, "lost", "", "", "", "k", "sf", True) for _ in range(2)}) == 1
