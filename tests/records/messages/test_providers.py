"""What each provider is asked, field by field, and what it may not be asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.records.messages.channels import NAMED, pace, wording
from chalicelib.records.messages.channels.port import (
    AddressRefused,
    ChannelSilent,
    ChannelThrottled,
    Misconfigured,
    TemplateUnfit,
)
from chalicelib.records.messages.channels.ses.adapter import untagged
from chalicelib.records.messages.channels.tencent import adapter as tencent_sms
from chalicelib.records.messages.channels.wecom import adapter as wecom
from chalicelib.runtime import clients, world
from infra import secrets
from tests.fakes.messages import tencent as other
from tests.records.messages.conftest import message
from tests.support.world import START, minutes

# Tencent's page on signature v3, "DescribeInstances".
PUBLISHED = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
PUBLISHED_KEY = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
SIGNATURE = "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
HOST = "cvm.tencentcloudapi.com"


# ---- Tencent --------------------------------------------------------------------------------------------------------
def test_the_published_request_gets_the_published_signature():
    at = datetime(2019, 2, 25, 16, 44, 25, tzinfo=UTC)
    headers = tencent_sms.signed(
        HOST, "DescribeInstances", PUBLISHED, "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", PUBLISHED_KEY, at
    )
    assert headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, "
        f"SignedHeaders=content-type;host, Signature={SIGNATURE}"
    )


def test_the_other_side_derives_the_published_signature_by_itself():
    assert (
        other.signature(PUBLISHED_KEY, "cvm", 1551113065, HOST, "application/json; charset=utf-8", PUBLISHED)
        == SIGNATURE
    )


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("secret_key", "another", "AuthFailure.SignatureFailure"),
        ("secret_id", "x", "AuthFailure.SecretIdNotFound"),
        ("sign_name", "别家", "FailedOperation.SignatureIncorrectOrUnapproved"),
    ],
)
def test_what_tencent_does_not_take_is_configuration(clock, told, tencent, field, value, code):
    told({"messages/tencent": {**tencent.document, field: value}})
    with pytest.raises(Misconfigured, match=code):
        NAMED["tencent"].deliver(message("phone"))
    assert not tencent.taken


def test_tencent_is_told_the_claim_and_the_blanks_in_their_order(clock, told, tencent):
    templates = {"code": {"code": "1110", "blanks": ["minutes", "code"]}}
    told({"messages/tencent": {**tencent.document, "templates": templates}})
    number = NAMED["tencent"].deliver(
        message("phone", reference="M1")._replace(values={"code": "428913", "minutes": "5"})
    )
    assert (tencent.taken, tencent.ids, number) == ([("+8613987654321", '["5", "428913"]')], ["M1"], "2640:0001")


@pytest.mark.parametrize("address", ["13987654321", "+0123456789", "+8613987654321,+8613800138000", ""])
def test_tencent_is_asked_for_whole_numbers_only(clock, told, tencent, address):
    told({"messages/tencent": tencent.document})
    with pytest.raises(AddressRefused):
        NAMED["tencent"].deliver(message("phone")._replace(address=address))


# ---- templates of text messages -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("template", "why"),
    [
        ({"code": "SMS_1", "approved": False}, "approval"),
        ({"code": "SMS_1", "blanks": ["code", "day"]}, "blanks"),
        ({"code": "SMS_1", "most": {"code": 5}}, "length"),
    ],
)
@pytest.mark.parametrize("name", ["sms", "tencent"])
def test_what_does_not_fit_its_approved_template_is_not_sent(clock, told, exchange, tencent, name, template, why):
    told({f"messages/{name}": {**(exchange if name == "sms" else tencent).document, "templates": {"code": template}}})
    with pytest.raises(TemplateUnfit, match=why):
        NAMED[name].deliver(message("phone"))
    assert not exchange.asked
    assert not tencent.taken


def test_a_blank_takes_so_many_letters_and_not_one_more(clock, told, exchange):
    for most, fits in ((6, True), (5, False)):
        template = {"code": "SMS_100001", "most": {"code": most}}
        told({"messages/sms": {**exchange.document, "templates": {"code": template}}})
        if fits:
            NAMED["sms"].deliver(message("phone"))
        else:
            with pytest.raises(TemplateUnfit):
                NAMED["sms"].deliver(message("phone"))
    assert len(exchange.taken) == 1


@pytest.mark.parametrize("template", [None, 7, {}, {"code": "SMS_1", "most": {"code": "many"}}, ["SMS_1"]])
def test_a_template_that_cannot_be_read_is_configuration(template):
    with pytest.raises(Misconfigured, match="templates"):
        wording.of({"code": template}, "code")


# ---- what became of a message -----------------------------------------------------------------------------------------
def test_a_lost_answer_is_found_by_phone_and_day_and_known_by_its_claim(clock, told, exchange):
    told({"messages/sms": exchange.document})
    exchange.lost = True
    with pytest.raises(ChannelSilent):
        NAMED["sms"].deliver(message("phone", reference="M1"))
    exchange.lost = False
    assert NAMED["sms"].enquire(message("phone", reference="M1"), START) == "arrived"
    assert NAMED["sms"].enquire(message("phone", reference="M2"), START) == "absent"


def test_a_message_of_midnight_is_found_on_the_day_after_its_claim(clock, told, exchange):
    told({"messages/sms": exchange.document})
    clock.advance(minutes(14 * 60))  # Tuesday begins in Shanghai
    exchange.now = clock.now()
    NAMED["sms"].deliver(message("phone", reference="M1"))
    assert NAMED["sms"].enquire(message("phone", reference="M1"), START) == "arrived"
    assert [one["SendDate"] for one in exchange.asked[1:]] == ["20260601", "20260602"]


def test_the_51st_message_of_a_day_is_found_on_the_second_page(clock, told, exchange):
    told({"messages/sms": exchange.document})
    for n in range(51):
        NAMED["sms"].deliver(message("phone", reference=f"M{n}"))
    assert NAMED["sms"].enquire(message("phone", reference="M0"), START) == "arrived"


# ---- e-mail -----------------------------------------------------------------------------------------------------------
LEAVE = "https://shop.example/u/abc"


def test_a_letter_by_ses_bears_its_claim_its_set_and_the_way_out_by_one_click(at_home, fakes, ses):
    at_home(fakes["email", "ses"])
    NAMED["ses"].deliver(message("email", reference="U1!pack#2")._replace(opt_out=LEAVE))
    (letter,) = ses.letters
    headers = {one["Name"]: one["Value"] for one in letter["Content"]["Simple"]["Headers"]}
    assert headers["List-Unsubscribe"] == f"<{LEAVE}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["EmailTags"] == [{"Name": "claim", "Value": "VTEhcGFjayMy"}]
    assert untagged("VTEhcGFjayMy") == "U1!pack#2"
    assert untagged("\xff") == untagged("/w") == ""


def test_a_letter_by_ses_is_handed_over_once_though_the_answer_is_lost(at_home, fakes, ses):
    at_home(fakes["email", "ses"])
    ses.fault = "lost"
    with pytest.raises(ChannelSilent):
        NAMED["ses"].deliver(message("email"))
    assert len(ses.taken) == 1


def test_a_letter_by_smtp_bears_the_same_headers_and_one_of_service_none(at_home, fakes, post):
    at_home(fakes["email", "mail"])
    NAMED["mail"].deliver(message("email", reference="M1")._replace(opt_out=LEAVE))
    NAMED["mail"].deliver(message("email"))
    (_, _, first), (_, _, second) = post.letters
    assert (first["List-Unsubscribe"], first["List-Unsubscribe-Post"]) == (f"<{LEAVE}>", "List-Unsubscribe=One-Click")
    assert first["Message-ID"] == "<M1@post.example>"
    assert second["List-Unsubscribe"] is None


# ---- WeChat and WeCom -------------------------------------------------------------------------------------------------
def test_a_token_serves_until_four_fifths_of_its_time_are_over(told, weixin, clock):
    told({"messages/wechat": weixin.official()})
    for wait, tokens in ((0, 1), (95.9, 1), (0.1, 2)):
        clock.advance(minutes(wait))
        NAMED["wechat"].deliver(message("wechat"))
        assert weixin.tokens == tokens


@pytest.mark.parametrize("name", ["wechat", "mini", "wecom"])
def test_a_token_that_is_refused_is_fetched_anew_once(told, weixin, name):
    told({"messages/wechat": weixin.official(), "messages/mini": weixin.mini(), "messages/wecom": weixin.wecom()})
    NAMED[name].deliver(message(name))
    weixin.refused.add("token1")
    NAMED[name].deliver(message(name))
    assert (weixin.tokens, len(weixin.taken)) == (2, 2)
    assert weixin.fetched == [False, name != "wecom"]
    weixin.refused |= {"token2", "token3"}
    with pytest.raises(Misconfigured, match=r"errcode\.42001"):
        NAMED[name].deliver(message(name))
    assert weixin.tokens == 3


def test_a_wrong_secret_of_an_account_is_configuration(told, weixin):
    told({"messages/wechat": {**weixin.official(), "secret": "x"}})
    with pytest.raises(Misconfigured, match=r"errcode\.40001"):
        NAMED["wechat"].deliver(message("wechat"))


def test_a_template_message_goes_out_once_under_its_claim(told, weixin):
    told({"messages/wechat": weixin.official()})
    numbers = [NAMED["wechat"].deliver(message("wechat", reference="M1")) for _ in range(2)]
    assert numbers[0] == numbers[1]
    assert len(weixin.taken) == 1


@pytest.mark.parametrize(
    ("templates", "trouble"),
    [
        ({}, Misconfigured),
        ({"code": "TPL1"}, Misconfigured),
        ({"code": {"id": "TPL1", "fields": {"day": "thing1"}}}, TemplateUnfit),
        ({"code": {"id": "TPL1", "fields": {"code": "phrase1"}}}, TemplateUnfit),
    ],
)
def test_what_a_template_of_wechat_does_not_take_is_not_asked(told, weixin, templates, trouble):
    told({"messages/wechat": {**weixin.official(), "templates": templates}})
    with pytest.raises(trouble):
        NAMED["wechat"].deliver(message("wechat"))
    assert not weixin.tokens


def test_a_post_is_asked_for_and_confirmed_by_its_member_or_called_off(told, weixin):
    told({"messages/wecom": weixin.wecom()})
    number = NAMED["wecom"].deliver(message("group")._replace(link="https://shop.example/s/x", subject="上新"))
    assert weixin.posts[number]["told"]["attachments"] == [
        {"msgtype": "link", "link": {"title": "上新", "url": "https://shop.example/s/x"}}
    ]
    assert wecom.posted(number, "canary/wrGroup") == "asked"
    assert wecom.posted(number, "canary/another") == "asked"
    for status, said in ((1, "confirmed"), (2, "refused"), (3, "refused")):
        weixin.posts[number]["status"] = status
        assert wecom.posted(number, "canary/wrGroup") == said
    wecom.call_off(number)
    assert weixin.posts[number]["status"] == 9


@pytest.mark.parametrize("address", ["canary", "/wrGroup", "canary/"])
def test_a_group_without_owner_or_chat_is_not_posted_to(told, weixin, address):
    told({"messages/wecom": weixin.wecom()})
    with pytest.raises(AddressRefused):
        NAMED["wecom"].deliver(message("group")._replace(address=address))


# ---- how fast, how much -----------------------------------------------------------------------------------------------
def sent(told, exchange, n, **granted):
    told({"messages/sms": {**exchange.document, **granted}})
    for i in range(n):
        NAMED["sms"].deliver(message("phone", reference=f"M{i}"))


def test_the_shop_sends_no_more_in_a_day_than_its_quota_and_the_next_day_again(engine, told, exchange):
    sent(told, exchange, 3, per_day=3)
    with pytest.raises(ChannelThrottled, match="quota"):
        sent(told, exchange, 1, per_day=3)
    assert len(exchange.taken) == 3
    pace.forget()  # another process of the same shop
    with pytest.raises(ChannelThrottled, match="quota"):
        sent(told, exchange, 1, per_day=3)
    engine.advance(minutes(14 * 60))
    exchange.now = engine.now()
    sent(told, exchange, 3, per_day=3)
    assert len(exchange.taken) == 6


def test_a_code_is_not_counted_against_the_quota(engine, told, exchange):
    told({"messages/sms": {**exchange.document, "per_day": 1}})
    for _ in range(3):
        NAMED["sms"].deliver(message("phone"))
    assert len(exchange.taken) == 3


def test_who_sends_faster_than_granted_waits_for_the_next_turn(engine, told, exchange):
    waits = []
    world.use(replace(world.current(), wait=waits.append))
    sent(told, exchange, 4, per_second=2)
    assert waits == [0.5, 1.0]


def test_who_would_wait_long_is_told_to_come_back(engine, told, exchange):
    with pytest.raises(ChannelThrottled, match="pace"):
        sent(told, exchange, 9, per_second=2)
    assert len(exchange.taken) == 6


def test_one_write_serves_many_messages(engine, told, exchange):
    counted = []
    client = clients.client("dynamodb")
    client.meta.events.register("before-call.dynamodb.UpdateItem", lambda **_: counted.append(1), unique_id="count")
    sent(told, exchange, 200, per_day=200_000)
    client.meta.events.unregister("before-call.dynamodb.UpdateItem", unique_id="count")
    assert len(counted) == 2


def test_the_fields_of_a_pace_are_taken_by_make_secret(exchange):
    assert {"per_second", "per_day"} <= {field.name for field in secrets.fields("messages/sms")}
