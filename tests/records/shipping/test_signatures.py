"""Signatures and codes by what was published, each byte."""

from __future__ import annotations

import pytest

from chalicelib.records.shipping.carriers.jd.adapter import HMAC_SHA256, JdContract, content, signature
from chalicelib.records.shipping.carriers.jd.codes import TRACES
from chalicelib.records.shipping.carriers.kuaidi100.adapter import _status, signed
from chalicelib.records.shipping.carriers.kuaidi100.codes import STATES, STATIONS, WORDS
from chalicelib.records.shipping.carriers.sf.adapter import digest, encoded
from chalicelib.records.shipping.carriers.sf.codes import ROUTES
from chalicelib.records.shipping.rules import RANK
from tests.fakes.carriers import FAKES

JAVA = {
    "中 *~+": "%E4%B8%AD+*%7E%2B", "a&b=c/d?e%": "a%26b%3Dc%2Fd%3Fe%25",
    "'()!,;:@$": "%27%28%29%21%2C%3B%3A%40%24", "测试-._": "%E6%B5%8B%E8%AF%95-._",
    '\n\t"{}[]|\\^`<>#': "%0A%09%22%7B%7D%5B%5D%7C%5C%5E%60%3C%3E%23",
}  # fmt: skip


def test_sf_encodes_as_java_does():
    assert {text: encoded(text) for text in JAVA} == JAVA


def test_sf_digests_in_three_modes():
    assert digest("simple", "abc") == "kAFQmDzST7DWlj99KOF/cg=="
    assert digest("standard", "abc") == digest("simple", "abc")
    assert digest("standard", "a b") == digest("simple", "a+b")
    assert digest("sm3", "abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_jd_signs_as_its_sdk_does():
    contract = JdContract.of({
        **FAKES["jd"]().config, "app_key": "testappkey0001", "app_secret": "testsecret0001",
        "access_token": "testtoken0001",
    })  # fmt: skip
    body = '[{"orderId":"S1","orderOrigin":1,"customerCode":"010K000000","remark":"测试"}]'
    words = content(contract, "/ecap/v1/orders/create", body, "2026-01-02 03:04:05")
    assert words == (
        "testsecret0001access_tokentesttoken0001app_keytestappkey0001method/ecap/v1/orders/createparam_json"
        f"{body}timestamp2026-01-02 03:04:05v2.0testsecret0001"
    )
    assert signature(contract, words) == "b371dcd9fb8bec3334783ce67d0d2401"
    other = JdContract.of(
        {
            **FAKES["jd"]().config,
            "app_secret": "testsecret0001",
            "algorithm": HMAC_SHA256,
        }
    )
    assert signature(other, words) == "t6S7iLVyfySB39Plz11vVgsk9gdNnwRsvuz4A9orHFA="


def test_kuaidi100_signs_as_its_demos_do():
    param = '{"com":"yunda","num":"3950055201640"}'
    assert signed(param, "testkey123", "TESTCUSTOMER") == "A7BF42DAF7A175CE1FE3977DBCD5E67B"
    assert signed(param, "1700000000000", "testkey123", "testsecret") == "9E2751C61C1873E2FC03A5F9A5F1149B"
    pushed = (
        '{"status":"polling","billstatus":"got","message":"","lastResult":{"message":"ok","state":"0","status":"200",'
        '"condition":"F00","ischeck":"0","com":"yuantong","nu":"V030344422","data":[{"context":"上海分拨中心/装件入车扫描 ",'
        '"time":"2012-08-28 16:33:19","ftime":"2012-08-28 16:33:19"}]}}'
    )
    assert signed(pushed, "s4lt-32-chars-0123456789abcdefgh") == "83BD0539CD3FD5A37FDF0A18DBAA442E"


# ---- what codes mean ------------------------------------------------------------------------------------------------
SF = {
    "picked_up": "50 54", "in_transit": "30 31 36 3036 123 130", "out_for_delivery": "44 204", "at_pickup_point": "125",
    "delivered": "80 8000", "exception": "33 70", "returning": "99 648",
}  # fmt: skip
KD = {
    "in_transit": "0 7 10 11 12 1001 1002 1003", "picked_up": "1 103", "exception": "2 13",
    "delivered": "3 301 302 303", "returned": "4", "out_for_delivery": "5", "returning": "6 14",
    "at_pickup_point": "501 304",
}  # fmt: skip


@pytest.mark.parametrize(("table", "meant"), [(ROUTES, SF), (STATES, KD)])
def test_each_code_means_what_its_carrier_says(table, meant):
    assert table == {code: status for status, codes in meant.items() for code in codes.split()}


def test_every_word_of_a_table_is_a_status():
    for table in (ROUTES, STATES, WORDS, TRACES):
        assert set(table.values()) <= set(RANK)


@pytest.mark.parametrize(
    ("row", "words", "told"),
    [
        ({"statusCode": "3"}, "", ("3", "delivered")),
        ({"statusCode": "301"}, "本人签收", ("301", "delivered")),
        ({"statusCode": "501"}, "", ("501", "at_pickup_point")),
        ({"statusCode": "14"}, "", ("14", "returning")),
        ({"statusCode": "205"}, "", ("205", "exception")),
        ({"statusCode": "102", "status": "揽收"}, "待揽收", ("102", "unknown")),
        ({"status": "签收"}, "已签收，签收人凭取货码签收", ("签收", "delivered")),
        ({"status": "在途"}, "快件已由 驿站 代收，请及时取件", ("在途", "at_pickup_point")),
        ({"status": "在途"}, "已发往 杭州转运中心", ("在途", "in_transit")),
        ({"status": "签收"}, "已从驿站取出", ("签收", "delivered")),
        ({"status": "新的状态"}, "", ("新的状态", "unknown")),
        ({"statusCode": "99", "status": "新的状态"}, "", ("99", "unknown")),
        ({}, "", ("", "unknown")),
    ],
)
def test_a_line_of_kuaidi100s_means_what_its_code_or_its_words_say(row, words, told):
    assert _status(row, words) == told


def test_every_kind_of_station_is_one():
    for word in STATIONS:
        assert _status({"statusCode": "0"}, f"已送达{word}")[1] == "at_pickup_point"
