"""Receipts at the front door and behind it: what providers tell is folded onto messages and addresses, and nobody else's word."""

from __future__ import annotations

import itertools
import json
from urllib.parse import urlencode

import pytest

from chalicelib.records.messages.channels import NAMED, TABLE, crypt
from chalicelib.records.messages.channels.receiving import ReceiptForged, ReceiptMalformed
from chalicelib.records.messages.claims import service as claims
from chalicelib.records.messages.model import MessageClaim, claim_part
from chalicelib.records.messages.receipts import rules
from chalicelib.records.messages.receipts.consumers import worker as worker_of_receipts
from chalicelib.records.messages.receipts.service import folding as service
from chalicelib.records.messages.suppressions import service as suppressions
from chalicelib.runtime import settings, table
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work
from infra import build, functions
from tests.fakes.messages import couriers
from tests.fakes.messages.weixin import MINI, OFFICIAL
from tests.support.world import minutes, secrets

PERSON, OCCASION = "U01JZ0000000000000000000000", "spring#1"
REFERENCE = f"{PERSON}!{OCCASION}"
PHONE, MAIL, OPENID = "13987654321", "canary.bird@example.com", "oCanaryOfficial"
SEALED = {"token": couriers.TOKEN, "aes_key": couriers.AES_KEY}


@pytest.fixture
def topic():
    made = couriers.Topic()
    yield made
    made.close()


@pytest.fixture
def shop(front, engine, bus, exchange, tencent, weixin, topic):
    """A shop with a contract with each, and one message that went out to PERSON."""
    settings.use_secrets(
        secrets()
        | {
            "messages/sms": {**exchange.document, "receipts": couriers.SECRET},
            "messages/tencent": {**tencent.document, "receipts": couriers.SECRET},
            "messages/wechat": {**weixin.official(), **SEALED},
            "messages/mini": {**weixin.mini(), **SEALED},
            "messages/ses": {"sender": "x", "configuration_set": "shop-mail", "topic": couriers.TOPIC},
        }
    )
    send(engine)
    return Shop(front, bus)


def send(engine, occasion: str = OCCASION) -> None:
    work = Work(worker("test"), "test")
    (stood,) = claims.held([(PERSON, occasion)])
    message = claims.ClaimedMessage(PERSON, occasion, "code", "service", "")
    claims.claim(message, stood, claims.Judgement("sms"), work)
    work.commit()


class Shop:
    def __init__(self, front, bus) -> None:
        self.front, self.bus = front, bus

    def tell(self, channel: str, body: bytes, token: str = couriers.SECRET, query: dict[str, str] | None = None):
        media = NAMED[channel].media[0] if channel in NAMED and NAMED[channel].media else "application/json"
        path = f"/v1/webhooks/messages/{channel}/{token}" + (f"?{urlencode(query)}" if query else "")
        return self.front.post(path, raw=body, headers={"content-type": media})

    def push(self, channel: str, said: str, owner: str, **how: str):
        query, body = couriers.push(said, owner, **how)
        return self.tell(channel, body, "events", query)

    def outcome(self, occasion: str = OCCASION) -> str | None:
        return table.get(MessageClaim, PERSON, claim_part(occasion)).receipt

    def suppressed(self, kind: str, address: str) -> bool:
        return suppressions.mark(kind, address) in suppressions.scopes([suppressions.mark(kind, address)])


# ---- what each provider tells -----------------------------------------------------------------------------------------
def test_aliyun_tells_of_a_message_by_our_reference_and_hears_its_own_word_at_once(shop):
    told = shop.tell("sms", couriers.sms_report(PHONE, REFERENCE))
    assert (told.status, told.json) == (200, {"code": 0, "msg": "成功"})
    assert shop.outcome() is None, "nothing is folded at the door"
    shop.bus.run()
    assert shop.outcome() == "delivered"
    assert not shop.suppressed("phone", f"+86{PHONE}")


@pytest.mark.parametrize(
    ("code", "outcome", "suppressed"),
    [("MK:0001", "bounced", True), ("MOBILE_IN_BLACK", "opt_out", True), ("MOBILE_NOT_ON_SERVICE", "failed", False)],
)
def test_what_a_failure_means_for_its_address(shop, code, outcome, suppressed):
    """M027: whatever was sent, a hard bounce suppresses offers to that address at once."""
    shop.tell("sms", couriers.sms_report(PHONE, REFERENCE, ok=False, code=code))
    shop.bus.run()
    assert (shop.outcome(), shop.suppressed("phone", f"+86{PHONE}")) == (outcome, suppressed)


@pytest.mark.parametrize("words", ["退订", " TD ", "t", "R", "拒收。", "STOP"])
def test_who_answers_no_more_is_written_to_no_more(shop, words):
    assert shop.tell("sms", couriers.sms_answer(PHONE, words)).status == 200
    shop.bus.run()
    assert shop.suppressed("phone", f"+86{PHONE}")


@pytest.mark.parametrize("words", ["谢谢", "退货怎么办", "ok", ""])
def test_other_answers_change_nothing(shop, words):
    assert shop.tell("sms", couriers.sms_answer(PHONE, words)).status == 200
    shop.bus.run()
    assert not shop.suppressed("phone", f"+86{PHONE}")


def test_tencent_tells_of_a_message_by_the_number_that_it_gave(shop, engine):
    service.note_number("tencent", "2640:0001", REFERENCE, Work(worker("test"), "test"))
    told = shop.tell("tencent", couriers.tencent_report(PHONE, "2640:0001"))
    assert (told.status, told.json) == (200, {"result": 0, "errmsg": "OK"})
    shop.bus.run()
    assert shop.outcome() == "delivered"


def test_a_receipt_that_is_faster_than_we_note_its_number_is_looked_at_once_more(shop, engine):
    shop.tell("tencent", couriers.tencent_report(PHONE, "2640:0001", ok=False, code="MK:0001"))
    shop.bus.run()
    assert shop.suppressed("phone", f"+86{PHONE}"), "what it says of the address holds at once"
    service.note_number("tencent", "2640:0001", REFERENCE, Work(worker("test"), "test"))
    engine.advance(minutes(5))
    shop.bus.run()
    assert shop.outcome() == "bounced"


def test_a_number_that_nobody_ever_notes_is_left_alone(shop, engine):
    shop.tell("tencent", couriers.tencent_report(PHONE, "9999"))
    for _ in range(4):
        shop.bus.run()
        engine.advance(minutes(6))
    assert shop.bus.run() == []
    assert shop.outcome() is None


def test_a_number_is_noted_for_its_first_message_and_for_no_other(shop):
    work = lambda: Work(worker("test"), "test")
    for reference in (REFERENCE, REFERENCE, f"{PERSON}!other"):
        service.note_number("tencent", "7", reference, work())
    shop.tell("tencent", couriers.tencent_report(PHONE, "7"))
    shop.bus.run()
    assert shop.outcome() == "delivered"


def test_tencent_tells_of_answers_too(shop):
    shop.tell("tencent", couriers.tencent_answer(PHONE, "退订"))
    shop.bus.run()
    assert shop.suppressed("phone", f"+86{PHONE}")


@pytest.mark.parametrize(
    ("status", "outcome", "suppressed"),
    [
        ("success", "delivered", False),
        ("failed:user block", "opt_out", True),
        ("failed: system failed", "failed", False),
    ],
)
def test_wechat_tells_what_became_of_a_template_message(shop, status, outcome, suppressed):
    service.note_number("wechat", "901", REFERENCE, Work(worker("test"), "test"))
    told = shop.push("wechat", couriers.template_done("901", OPENID, status), OFFICIAL)
    assert (told.status, told.text) == (200, "success")
    shop.bus.run()
    assert (shop.outcome(), shop.suppressed("wechat", OPENID)) == (outcome, suppressed)


@pytest.mark.parametrize(("code", "outcome"), [("0", "delivered"), ("43101", "opt_out"), ("1", "failed")])
def test_wechat_tells_what_became_of_a_subscription_message(shop, code, outcome):
    service.note_number("mini", "902", REFERENCE, Work(worker("test"), "test"))
    assert shop.push("mini", couriers.subscription_sent("902", "oMini", code), MINI).status == 200
    shop.bus.run()
    assert shop.outcome() == outcome


def test_other_events_of_wechat_are_taken_and_change_nothing(shop):
    said = "<xml><FromUserName><![CDATA[o1]]></FromUserName><MsgType><![CDATA[event]]></MsgType><Event>subscribe</Event></xml>"
    assert shop.push("wechat", said, OFFICIAL).status == 200
    assert shop.bus.run() == []


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("kind", "details", "outcome", "suppressed"),
    [
        ("Delivery", {}, "delivered", False),
        ("Bounce", {"bounceType": "Permanent"}, "bounced", True),
        ("Bounce", {"bounceType": "Transient"}, "failed", False),
        ("Complaint", {}, "complained", True),
    ],
)
def test_ses_tells_what_became_of_a_letter(shop, topic, version, kind, details, outcome, suppressed):
    event = couriers.letter_event(kind, REFERENCE, MAIL.upper(), **details)
    assert shop.tell("ses", topic.notice(event, version), "events").status == 200
    shop.bus.run()
    assert (shop.outcome(), shop.suppressed("email", MAIL)) == (outcome, suppressed)


def test_a_topic_of_ours_that_asks_is_told_that_its_notices_are_wanted(shop, topic):
    assert shop.tell("ses", topic.invitation(), "events").status == 200
    assert topic.asked[-1].startswith("/?Action=ConfirmSubscription")


# ---- in any order, any number -------------------------------------------------------------------------------------------
def test_receipts_come_to_the_same_end_in_every_order_and_number(shop, engine):
    outcomes = (("DELIVERED", True), ("MOBILE_NOT_ON_SERVICE", False), ("MK:0001", False))
    for n, order in enumerate(itertools.permutations(outcomes)):
        send(engine, f"turn#{n}")
        for code, ok in (*order, order[0]):
            body = couriers.sms_report(PHONE, f"{PERSON}!turn#{n}", ok=ok, code=code)
            shop.tell("sms", body)
            shop.tell("sms", body)
            shop.bus.run()
        assert shop.outcome(f"turn#{n}") == "bounced"


def test_each_bounce_is_recorded_and_five_failures_in_a_month_mean_that_nobody_is_there(shop, engine):
    """M026: both are recorded; the suppression rule applies at its threshold, which counts messages, not receipts."""
    for n in range(rules.ENOUGH):
        assert not shop.suppressed("phone", f"+86{PHONE}")
        send(engine, f"failed#{n}")
        body = couriers.sms_report(PHONE, f"{PERSON}!failed#{n}", ok=False, code="UNDELIV", number=f"B{n}")
        shop.tell("sms", body)
        shop.tell("sms", body + b" ")  # told twice, in another writing
        shop.bus.run()
        assert shop.outcome(f"failed#{n}") == "failed"
    assert shop.suppressed("phone", f"+86{PHONE}")


def test_one_bad_receipt_among_many_stops_none_of_the_others(shop, engine):
    """M029: the run goes on, the address is marked."""
    send(engine, "other#1")
    told = json.loads(couriers.sms_report(PHONE, "nobody!x", ok=False, code="MK:0001"))
    told += json.loads(couriers.sms_report("13800138000", f"{PERSON}!other#1"))
    shop.tell("sms", json.dumps(told).encode())
    shop.bus.run()
    assert shop.outcome("other#1") == "delivered"
    assert shop.suppressed("phone", f"+86{PHONE}")


def test_a_thousand_reports_come_in_facts_of_25(shop, bus):
    rows = [json.loads(couriers.sms_report(PHONE, REFERENCE))[0]] * 60
    shop.tell("sms", json.dumps(rows).encode())
    assert bus.run() == ["messages.reported"] * 3


# ---- forged, malformed ----------------------------------------------------------------------------------------------------
def wrote(shop) -> bool:
    return bool(shop.bus.run()) or shop.outcome() is not None


@pytest.mark.parametrize("channel", ["sms", "tencent"])
@pytest.mark.parametrize(
    "token", ["", "x", couriers.SECRET[:-1], couriers.SECRET + "s", couriers.SECRET.upper(), "events"]
)
def test_who_does_not_know_the_address_is_not_heard(shop, channel, token):
    body = couriers.sms_report(PHONE, REFERENCE) if channel == "sms" else couriers.tencent_answer(PHONE, "退订")
    assert shop.tell(channel, body, token).status == 404
    assert not wrote(shop)
    assert not shop.suppressed("phone", f"+86{PHONE}")


@pytest.mark.parametrize("short", ["", "s" * 31, None])
def test_a_shop_that_gave_no_long_secret_hears_nobody(shop, exchange, short):
    document = {**exchange.document} if short is None else {**exchange.document, "receipts": short}
    settings.use_secrets({**settings._injected, "messages/sms": document})
    assert shop.tell("sms", couriers.sms_report(PHONE, REFERENCE), short or "none").status == 404
    assert not wrote(shop)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"a": 1}', b"[[]]", b"\xff", b"[" * 5000])
def test_what_cannot_be_read_is_refused_in_the_providers_words(shop, body):
    told = shop.tell("sms", body)
    assert (told.status, told.json["code"]) == (400, 1)
    assert not wrote(shop)


@pytest.mark.parametrize(
    "how", [{"token": "another"}, {"key": couriers.AES_KEY[::-1]}], ids=["another token", "another key"]
)
def test_a_push_of_somebody_else_changes_nothing(shop, how):
    service.note_number("wechat", "901", REFERENCE, Work(worker("test"), "test"))
    assert (
        shop.push("wechat", couriers.template_done("901", OPENID, "failed:user block"), OFFICIAL, **how).status == 404
    )
    assert not wrote(shop)


def test_a_push_to_another_account_changes_nothing(shop):
    assert shop.push("wechat", couriers.template_done("901", OPENID, "failed:user block"), "wxother").status == 404
    assert not wrote(shop)


@pytest.mark.parametrize("field", ["timestamp", "nonce", "msg_signature"])
def test_a_push_whose_signature_covers_something_else_changes_nothing(shop, field):
    query, body = couriers.push(couriers.template_done("901", OPENID, "failed:user block"), OFFICIAL)
    for changed in ("", query[field][::-1] + "0"):
        assert shop.tell("wechat", body, "events", {**query, field: changed}).status == 404
    assert not wrote(shop)


def test_what_comes_unsealed_is_not_read_though_its_signature_is_right(shop):
    """In the plain form nobody signs what is said."""
    query = {"timestamp": couriers.STAMP, "nonce": couriers.NONCE}
    query["signature"] = couriers.sign(couriers.TOKEN, couriers.STAMP, couriers.NONCE)
    body = couriers.template_done("901", OPENID, "failed:user block").encode()
    assert shop.tell("wechat", body, "events", query).status == 404
    assert not wrote(shop)


@pytest.mark.parametrize(
    "change",
    [
        {"Message": "{}"}, {"TopicArn": couriers.TOPIC + "x"}, {"Signature": ""}, {"Signature": "AAAA"},
        {"SignatureVersion": "3"}, {"SigningCertURL": "https://sns.evil.example/SimpleNotificationService-0a1b2c3d.pem"},
        {"SigningCertURL": "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a1b2c3d.pem"},
        {"SigningCertURL": "https://bucket.s3.amazonaws.com/SimpleNotificationService-0a1b2c3d.pem"},
        {"Type": "UnsubscribeConfirmation"}, {"Timestamp": "2026-06-01T02:00:01.000Z"}, {"Subject": "added"},
    ],
    ids=str,
)  # fmt: skip
def test_a_notice_that_the_topic_did_not_sign_so_changes_nothing(shop, topic, change):
    body = json.loads(topic.notice(couriers.letter_event("Complaint", REFERENCE, MAIL)))
    assert shop.tell("ses", json.dumps(body | change).encode(), "events").status == 404
    assert not wrote(shop)
    assert not shop.suppressed("email", MAIL)


def test_another_topic_that_signs_well_is_not_ours(shop, topic):
    body = topic.notice(couriers.letter_event("Complaint", REFERENCE, MAIL), TopicArn=couriers.TOPIC + "2")
    assert shop.tell("ses", body, "events").status == 404


def test_a_certificate_of_this_machine_counts_on_a_local_stage_only(shop, topic, monkeypatch):
    monkeypatch.setenv("JISHI_STAGE", "prod")
    body = topic.notice(couriers.letter_event("Complaint", REFERENCE, MAIL))
    assert shop.tell("ses", body, "events").status == 404


@pytest.mark.parametrize("channel", ["mail", "outbox", "wecom", "pigeon"])
def test_who_tells_nothing_has_no_address(shop, channel):
    assert shop.tell(channel, b"[]").status == 404


def test_a_channel_without_contract_has_no_address(shop):
    settings.use_secrets({k: v for k, v in settings._injected.items() if not k.startswith("messages/")})
    for one in TABLE:
        if one.receipts:
            body = b"[]" if one.receipts == "secret" else couriers.push("<xml></xml>", OFFICIAL)[1]
            assert shop.tell(one.name, body if one.name != "ses" else b'{"Type":"Notification"}').status == 404


# ---- an address is tried out ----------------------------------------------------------------------------------------------
def test_wechat_hears_its_echo_plain_and_sealed(shop):
    plain = {"timestamp": "1", "nonce": "2", "echostr": "738274", "signature": couriers.sign(couriers.TOKEN, "1", "2")}
    assert shop.front.get(f"/v1/webhooks/messages/wechat/events?{urlencode(plain)}").text == "738274"
    sealed = couriers.seal("echo-9", OFFICIAL)
    query = {
        "timestamp": "1",
        "nonce": "2",
        "echostr": sealed,
        "msg_signature": couriers.sign(couriers.TOKEN, "1", "2", sealed),
    }
    assert shop.front.get(f"/v1/webhooks/messages/wechat/events?{urlencode(query)}").text == "echo-9"


@pytest.mark.parametrize(
    "changed", [{"signature": ""}, {"signature": "0" * 40}, {"nonce": "3"}, {"echostr": "<script>"}, {"timestamp": ""}]
)
def test_an_echo_is_for_whoever_has_the_token_and_is_no_page(shop, changed):
    plain = {"timestamp": "1", "nonce": "2", "echostr": "738274", "signature": couriers.sign(couriers.TOKEN, "1", "2")}
    assert shop.front.get(f"/v1/webhooks/messages/wechat/events?{urlencode(plain | changed)}").status == 404


@pytest.mark.parametrize("channel", ["sms", "ses", "pigeon"])
def test_who_does_not_try_out_an_address_hears_no_echo(shop, channel):
    assert shop.front.get(f"/v1/webhooks/messages/{channel}/events").status == 404


# WeCom's published sample (WXBizMsgCrypt), "verify URL".
SAMPLE = {"token": "hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", "aes_key": "6qkdMrq68nTKduznJYO1A37W2oEgpkMUvkttRToqhUt"}
SAMPLE_ECHO = "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="


def test_the_published_echo_is_opened():
    query = {
        "msg_signature": "012bc692d0a58dd4b10f8dfe5c4ac00ae211ebeb", "timestamp": "1476416373", "nonce": "47744683",
        "echostr": SAMPLE_ECHO,
    }  # fmt: skip
    assert crypt.echo(SAMPLE, query, "ww1436e0e65a779aee") == "1288432023552776189"
    with pytest.raises(ReceiptForged):
        crypt.echo(SAMPLE, query, "ww1436e0e65a779aef")


@pytest.mark.parametrize("size", range(0, 70, 3))
def test_what_the_other_side_seals_is_opened_at_every_length(size):
    said = "字" * size
    assert crypt.opened(SEALED, couriers.seal(said, "ww1"), "ww1") == said


@pytest.mark.parametrize("sealed", ["", "AAAA", "!", couriers.seal("x", "ww1", salt=bytes(16))[:-4], "A" * 44])
def test_what_is_no_envelope_is_not_opened(sealed):
    with pytest.raises(ReceiptForged):
        crypt.opened(SEALED, sealed, "ww1")


def test_events_are_read_from_json_as_from_xml():
    assert crypt.fields('{"Event": "a", "List": [{"MsgID": 7}]}') == {"Event": "a", "MsgID": "7"}
    assert crypt.fields("<xml><Event><![CDATA[<b>]]></Event><N>7</N></xml>") == {"Event": "<b>", "N": "7"}
    for broken in ("{", "", "<xml>", "x" * 70_000):
        with pytest.raises(ReceiptMalformed):
            crypt.fields(broken)


# ---- what SES tells on the account's own bus --------------------------------------------------------------------------
def letter_told(shop, kind: str, reference: str = REFERENCE, number: str = "e1", **details: str) -> None:
    told = couriers.letter_event(kind, reference, MAIL, **details)
    event = {"id": number, "source": "aws.ses", "detail-type": couriers.ON_BUS[kind], "detail": told}
    assert worker_of_receipts.heard["source"] == ["aws.ses"]
    assert event["detail-type"] in worker_of_receipts.heard["detail-type"]
    worker_of_receipts.deliver(event)
    shop.bus.run()


@pytest.mark.parametrize(
    ("kind", "details", "outcome", "suppressed"),
    [
        ("Bounce", {"bounceType": "Permanent"}, "bounced", True), ("Complaint", {}, "complained", True),
        ("Bounce", {"bounceType": "Transient"}, "failed", False), ("Delivery", {}, "delivered", False),
    ],
)  # fmt: skip
def test_m026_m027_what_ses_tells_on_the_bus_is_folded_once(shop, kind, details, outcome, suppressed):
    letter_told(shop, kind, **details)
    letter_told(shop, kind, **details)
    assert (shop.outcome(), shop.suppressed("email", MAIL)) == (outcome, suppressed)
    if suppressed:
        (row,) = suppressions.listed(10, None)[0]
        assert row.times == 1
        letter_told(shop, kind, number="e2", **details)
        assert suppressions.listed(10, None)[0][0].times == 2, "another one counts (M026)"


def test_what_concerns_another_configuration_set_is_nobodys(shop):
    document = settings._injected["messages/ses"] | {"configuration_set": "another"}
    settings.use_secrets(settings._injected | {"messages/ses": document})
    letter_told(shop, "Bounce", bounceType="Permanent")
    assert (shop.outcome(), shop.suppressed("email", MAIL)) == (None, False)


@pytest.mark.parametrize("detail", [None, [], {}, {"mail": []}, {"mail": {"tags": []}}, {"mail": {"tags": {}}}])
def test_what_cannot_be_read_on_the_bus_changes_nothing_and_comes_no_second_time(shop, detail):
    worker_of_receipts.deliver({"id": "e1", "source": "aws.ses", "detail-type": "Email Bounced", "detail": detail})
    assert shop.outcome() is None


def test_the_rule_on_the_accounts_bus_leads_to_the_queue_that_takes_it():
    import app

    resources = build.merged(app.app, build.patterns(), functions.FUNCTIONS, build.heard())["Resources"]
    rule = resources["ReceiptsHeardRule"]["Properties"]
    assert rule["EventPattern"] == worker_of_receipts.heard
    assert "EventBusName" not in rule
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["ReceiptsQueue", "Arn"]}
    (statement,) = resources["ReceiptsQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    allowed = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert {one["Fn::GetAtt"][0] for one in allowed} == {"ReceiptsRule", "ReceiptsHeardRule"}
