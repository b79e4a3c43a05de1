"""Text messages by Aliyun: the signature as published, the fields of a template, and what its codes mean."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.records.messages.channels.port import AddressRefused, ChannelSilent, Misconfigured
from chalicelib.records.messages.channels.sms import adapter as sms
from tests.fakes.messages import exchange as other
from tests.records.messages.conftest import message

# Aliyun's help page on the V3 request structure and signature, "example with fixed parameters".
PUBLISHED = {
    "host": "ecs.cn-shanghai.aliyuncs.com", "action": "RunInstances", "version": "2014-05-26",
    "key_id": "YourAccessKeyId", "key": "YourAccessKeySecret", "at": datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
    "nonce": "3156853299f313e23d1673dc12e1703d",
}  # fmt: skip
FIELDS = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def test_the_published_request_gets_the_published_signature():
    headers = sms.signed(asked=sms.query(FIELDS), **PUBLISHED)
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        f"x-acs-signature-nonce;x-acs-version,Signature={SIGNATURE}"
    )


def test_the_other_side_derives_the_published_signature_by_itself():
    headers = {
        "host": PUBLISHED["host"], "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
        "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": PUBLISHED["nonce"],
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }  # fmt: skip
    assert other.signature("YourAccessKeySecret", "POST", FIELDS, headers, b"") == SIGNATURE


@given(
    st.dictionaries(st.from_regex(r"[A-Z][A-Za-z]{0,9}", fullmatch=True), st.text(max_size=20), min_size=1, max_size=5)
)
def test_a_query_is_escaped_and_sorted_as_the_other_side_does(fields):
    try:
        wanted = "&".join(f"{other.escaped(name)}={other.escaped(fields[name])}" for name in sorted(fields))
    except UnicodeEncodeError:  # half a character: it cannot come by JSON or from a secret
        return
    assert sms.query(fields) == wanted


def test_a_template_gets_its_code_and_nothing_else(clock, told, exchange):
    told({"messages/sms": exchange.document})
    sms.deliver(message("phone", "invitation", code="ABCDE-FGHIJ-KLMNO"))
    (asked,) = exchange.taken
    assert json.loads(asked.pop("TemplateParam")) == {"code": "ABCDE-FGHIJ-KLMNO"}
    assert asked == {"PhoneNumbers": "13987654321", "SignName": "集市", "TemplateCode": "SMS_100002"}


def test_a_message_without_a_code_gives_its_template_no_parameters(clock, told, exchange):
    told({"messages/sms": {**exchange.document, "templates": {"contact_changed": "SMS_100003"}}})
    sms.deliver(message("phone", "contact_changed", code=""))
    assert exchange.taken == [{"PhoneNumbers": "13987654321", "SignName": "集市", "TemplateCode": "SMS_100003"}]


def test_a_number_abroad_goes_with_its_countrys_code(clock, told, exchange):
    told({"messages/sms": exchange.document})
    sms.deliver(message("phone")._replace(address="+85298765432"))
    assert exchange.taken[0]["PhoneNumbers"] == "85298765432"


def test_every_request_is_signed_anew(clock, told, exchange):
    told({"messages/sms": exchange.document})
    sms.deliver(message("phone"))
    sms.deliver(message("phone"))
    assert len(exchange.nonces) == len(exchange.taken) == 2


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("access_key_secret", "another", "SignatureDoesNotMatch"), ("access_key_id", "x", "InvalidAccessKeyId.NotFound")],
)
def test_a_request_by_another_key_is_refused_and_that_is_told(clock, told, exchange, field, value, code):
    told({"messages/sms": {**exchange.document, field: value}})
    with pytest.raises(Misconfigured, match=code):
        sms.deliver(message("phone"))
    assert not exchange.taken


def test_a_message_without_a_template_is_not_sent(clock, told, exchange):
    told({"messages/sms": {**exchange.document, "templates": {"invitation": "SMS_100002"}}})
    with pytest.raises(Misconfigured, match="templates"):
        sms.deliver(message("phone"))
    assert not exchange.asked


@pytest.mark.parametrize("field", ["access_key_id", "access_key_secret", "sign_name", "templates"])
def test_a_contract_without_one_of_its_fields_is_none(exchange, field):
    with pytest.raises(Misconfigured, match="messages/sms"):
        sms.SmsContract.of({key: value for key, value in exchange.document.items() if key != field})


def test_without_an_endpoint_it_is_aliyuns_own(exchange):
    document = {key: value for key, value in exchange.document.items() if key != "endpoint"}
    assert sms.SmsContract.of(document).host == "dysmsapi.aliyuncs.com"


@pytest.mark.parametrize(
    ("stage", "endpoint"),
    [("prod", "http://127.0.0.1:1"), ("local", "http://sms.example.com"), ("local", "dysmsapi.aliyuncs.com")],
)
def test_in_clear_goes_only_what_stays_on_a_local_shops_machine(monkeypatch, exchange, stage, endpoint):
    monkeypatch.setenv("JISHI_STAGE", stage)
    with pytest.raises(Misconfigured, match="endpoint"):
        sms.SmsContract.of({**exchange.document, "endpoint": endpoint})


def test_a_contract_is_never_printed(exchange):
    assert other.KEY not in repr(sms.SmsContract.of(exchange.document))


def test_an_endpoint_that_falls_silent_is_not_waited_for(clock, told, exchange):
    told({"messages/sms": exchange.document})
    exchange.fault = other.HANG
    with pytest.raises(ChannelSilent, match="ReadTimeoutError"):
        sms.deliver(message("phone"), read_seconds=0.1)
    assert sms.CONNECT_SECONDS + sms.READ_SECONDS <= 10


def test_a_message_is_tried_once_since_one_that_seems_lost_may_have_arrived(clock, told, exchange):
    told({"messages/sms": exchange.document})
    exchange.fault = other.SHUT
    with pytest.raises(ChannelSilent):
        sms.deliver(message("phone"))
    assert len(exchange.asked) == 1


def test_nobody_listens_and_that_is_no_answer(clock, told, exchange):
    told({"messages/sms": {**exchange.document, "endpoint": "http://127.0.0.1:1"}})
    with pytest.raises(ChannelSilent, match="NewConnectionError"):
        sms.deliver(message("phone"))


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("+8613987654321", "13987654321"),
        ("+85223456789", "85223456789"),
        ("+442079460958", "442079460958"),
        ("+12125552368", "12125552368"),
    ],
)
def test_a_number_is_asked_for_as_aliyun_reads_it(clock, told, exchange, address, asked):
    told({"messages/sms": exchange.document})
    sms.deliver(message("phone")._replace(address=address))
    assert [one["PhoneNumbers"] for one in exchange.taken] == [asked]


@pytest.mark.parametrize(
    "address",
    [
        "+13802138000",
        "+8602112345678",
        "13987654321",
        "021-12345678",
        "+8613987654321,13800138000",
        "+86139876543210",
        "+8613987654321\n",
        "+861398765432١",
        "",
        "+86",
    ],
)
def test_a_number_that_would_reach_somebody_else_is_not_tried(clock, told, exchange, address):
    told({"messages/sms": exchange.document})
    with pytest.raises(AddressRefused, match="number"):
        sms.deliver(message("phone")._replace(address=address))
    assert not exchange.taken
