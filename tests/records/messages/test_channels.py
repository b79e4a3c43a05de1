"""One contract for all channels, each played against its other side: what comes, what fails, and that nobody hears of it."""

from __future__ import annotations

import json
import logging
import re

import pytest

from chalicelib.kernel.messages import TEXTS, Template
from chalicelib.records.identity.access.texts import CODE
from chalicelib.records.messages import service
from chalicelib.records.messages.channels import CHANNELS, TABLE
from chalicelib.records.messages.channels.mail import adapter as mail
from chalicelib.records.messages.channels.port import Misconfigured, NotDelivered, NotForMarketing
from chalicelib.records.messages.channels.ses import adapter as ses_adapter
from chalicelib.records.messages.channels.sms import adapter as aliyun_sms
from chalicelib.records.messages.channels.tencent import adapter as tencent_sms
from chalicelib.records.messages.channels.wechat.adapter import WeChatAccount
from chalicelib.records.messages.channels.wecom.adapter import WeComContract
from chalicelib.runtime import observe, settings
from infra import alarms, build, functions
from tests.fakes.messages import exchange as aliyuns
from tests.fakes.messages import post_office
from tests.records.messages.conftest import ADDRESSES, message
from tests.support import people
from tests.support.reading import Reading
from tests.support.world import START, minutes

CODED = ("phone", "email")  # where codes are sent
LINES = [(kind, name) for kind, named in CHANNELS.items() for name in named]
ECHO = f"{ADDRESSES['phone']} {ADDRESSES['email']}"  # a provider that repeats to whom it would not deliver


def aliyun(code: str, status: int = 200) -> tuple[int, bytes]:
    return status, json.dumps({"Code": code, "Message": f"no, not {ECHO}", "RequestId": "R"}).encode()


def row(code: str) -> tuple[int, bytes]:
    return 200, json.dumps({"Response": {"SendStatusSet": [{"Code": code, "Message": f"no, not {ECHO}"}]}}).encode()


def error(code: str) -> tuple[int, bytes]:
    return 200, json.dumps({"Response": {"Error": {"Code": code, "Message": f"no, not {ECHO}"}}}).encode()


def aws(status: int, code: str) -> tuple[int, bytes]:
    return status, json.dumps({"__type": code, "message": f"no, not {ECHO}"}).encode()


FAULTS = [
    ("phone", "tencent", row("LimitExceeded.PhoneNumberThirtySecondLimit"), "AddressBusy"),
    ("phone", "tencent", row("LimitExceeded.AppDailyLimit"), "ChannelThrottled"),
    ("phone", "tencent", row("InvalidParameterValue.IncorrectPhoneNumber"), "AddressRefused"),
    ("phone", "tencent", row("FailedOperation.PhoneNumberInBlacklist"), "NotSubscribed"),
    ("phone", "tencent", row("FailedOperation.InsufficientBalanceInSmsPackage"), "Misconfigured"),
    ("phone", "tencent", error("AuthFailure.SignatureFailure"), "Misconfigured"),
    ("phone", "tencent", error("RequestLimitExceeded"), "ChannelThrottled"),
    ("phone", "tencent", error("InternalError"), "ChannelSilent"),
    ("phone", "tencent", error(f"Odd.{ECHO} 428913"), "Misconfigured"),
    ("phone", "tencent", (200, b'{"Response": {"SendStatusSet": []}}'), "ChannelSilent"),
    ("phone", "tencent", (200, b'{"Response": [1]}'), "ChannelSilent"),
    ("phone", "tencent", (502, b"<html>busy</html>"), "ChannelSilent"),
    ("phone", "tencent", aliyuns.SHUT, "ChannelSilent"),
    ("email", "ses", aws(429, "TooManyRequestsException"), "ChannelThrottled"),
    ("email", "ses", aws(400, "LimitExceededException"), "ChannelThrottled"),
    ("email", "ses", aws(400, "MessageRejected"), "Misconfigured"),
    ("email", "ses", aws(400, "SendingPausedException"), "Misconfigured"),
    ("email", "ses", aws(403, "AccessDeniedException"), "Misconfigured"),
    ("email", "ses", (500, b""), "ChannelSilent"),
    ("email", "ses", (503, b"busy"), "ChannelSilent"),
    ("email", "ses", aliyuns.SHUT, "ChannelSilent"),
    ("email", "mail", {"hello": "421 busy"}, "ChannelThrottled"),
    ("email", "mail", {"hello": "554 not you"}, "Misconfigured"),
    ("email", "mail", {"hello": post_office.SHUT}, "ChannelSilent"),
    ("email", "mail", {"AUTH": f"535 5.7.8 who is {ECHO}"}, "Misconfigured"),
    ("email", "mail", {"AUTH": post_office.SHUT}, "ChannelSilent"),
    ("email", "mail", {"MAIL": "501 5.1.7 bad sender"}, "Misconfigured"),
    ("email", "mail", {"RCPT": f"550 5.1.1 <{ECHO}> does not live here"}, "AddressRefused"),
    ("email", "mail", {"RCPT": f"452 4.2.2 <{ECHO}> is full"}, "ChannelThrottled"),
    ("email", "mail", {"DATA": f"451 4.3.0 later, {ECHO}"}, "ChannelThrottled"),
    ("email", "mail", {"DATA": post_office.SHUT}, "ChannelSilent"),
    ("email", "mail", {".": f"554 5.7.1 spam for {ECHO}"}, "Misconfigured"),
    ("email", "mail", {".": post_office.SHUT}, "ChannelSilent"),
    ("phone", "sms", aliyun("isv.BUSINESS_LIMIT_CONTROL"), "AddressBusy"),
    ("phone", "sms", aliyun("Throttling.User", 400), "ChannelThrottled"),
    ("phone", "sms", aliyun("isv.MOBILE_NUMBER_ILLEGAL"), "AddressRefused"),
    ("phone", "sms", aliyun("isv.AMOUNT_NOT_ENOUGH"), "Misconfigured"),
    ("phone", "sms", aliyun("isv.BLACK_KEY_CONTROL_LIMIT", 500), "Misconfigured"),
    ("phone", "sms", aliyun("isv.MOBILE_COUNT_OVER_LIMIT", 500), "Misconfigured"),
    ("phone", "sms", aliyun("SignatureDoesNotMatch", 400), "Misconfigured"),
    ("phone", "sms", aliyun("isp.SYSTEM_ERROR"), "ChannelSilent"),
    ("phone", "sms", aliyun("OK", 500), "ChannelSilent"),
    ("phone", "sms", aliyun(f"isv.{ECHO} 428913", 500), "ChannelSilent"),
    ("phone", "sms", (503, b"<html>busy</html>"), "ChannelSilent"),
    ("phone", "sms", (302, b""), "ChannelSilent"),
    ("phone", "sms", (200, b""), "ChannelSilent"),
    ("phone", "sms", (200, b"[1]"), "ChannelSilent"),
    ("phone", "sms", (200, b"\xff{}"), "ChannelSilent"),
    ("phone", "sms", aliyuns.SHUT, "ChannelSilent"),
]


NUMBERS = (
    "created",
    "msecs",
    "relativeCreated",
    "thread",
    "process",
)  # a record's own: six digits among them are no code
PLACE = re.compile(r"0x[0-9a-f]+")  # where an object lies


class Cage(logging.Handler):
    """Keeps all that anybody said in all records of all loggers."""

    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        said = {name: value for name, value in record.__dict__.items() if name not in NUMBERS}
        self.kept.append(PLACE.sub("", f"{self.format(record)} {said!r}"))


def test_the_cage_keeps_a_code_that_is_said_and_none_that_is_only_a_time_or_a_place():
    made = Cage()
    record = logging.LogRecord("x", logging.INFO, "file", 1, "told %s", ("135790",), None)
    record.created, record.msecs, record.thread = 1790279800.428913, 428.913, 428913
    record.told = type("Thing", (), {"__repr__": lambda self: "<Thing at 0x7f428913aa>"})()
    made.emit(record)
    assert "135790" in made.kept[0]
    assert "428913" not in made.kept[0]


@pytest.fixture
def cage(monkeypatch):
    made, loggers = Cage(), [logging.getLogger(), logging.getLogger("urllib3"), observe.logger()._logger]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel("DEBUG")
        one.addHandler(made)
    yield made
    for one, level in zip(loggers, levels, strict=True):
        one.removeHandler(made)
        one.setLevel(level)


def ask(front, kind):
    return front.post("/v1/auth/codes", {"purpose": "login", kind: ADDRESSES[kind]})


def code_in(text):
    return re.search(r"\d{6}", text)[0]


def quiet(texts, *needles):
    """None of these in any text, however a line may spell it."""
    spelled = {way for one in needles for way in (one, one.removeprefix("+86"), one.replace("@", "%40"))}
    assert texts
    assert not [(way, text) for way in spelled for text in texts if way in text]


def test_every_line_of_the_table_has_an_other_side(fakes):
    assert set(fakes) == set(LINES)


WEIXIN = [
    ("wechat", "wechat", 43004, "NotSubscribed"), ("wechat", "wechat", 40003, "AddressRefused"),
    ("wechat", "wechat", 45009, "ChannelThrottled"), ("wechat", "wechat", 40037, "TemplateUnfit"),
    ("wechat", "wechat", 48001, "Misconfigured"), ("wechat", "wechat", -1, "ChannelSilent"),
    ("wechat", "wechat", aliyuns.SHUT, "ChannelSilent"), ("wechat", "wechat", (502, b""), "ChannelSilent"),
    ("mini", "mini", 43101, "NotSubscribed"), ("mini", "mini", 43107, "NotSubscribed"),
    ("mini", "mini", 47003, "TemplateUnfit"), ("mini", "mini", 45009, "ChannelThrottled"),
    ("mini", "mini", (200, b"{}x"), "ChannelSilent"), ("mini", "mini", aliyuns.SHUT, "ChannelSilent"),
    ("wecom", "wecom", 60111, "AddressRefused"), ("wecom", "wecom", 45009, "ChannelThrottled"),
    ("wecom", "wecom", 60020, "Misconfigured"), ("wecom", "wecom", -1, "ChannelSilent"),
    ("wecom", "wecom", aliyuns.SHUT, "ChannelSilent"),
    ("group", "wecom", 90500, "AddressRefused"), ("group", "wecom", 41048, "ChannelThrottled"),
    ("group", "wecom", aliyuns.SHUT, "ChannelSilent"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "fault", "means"), WEIXIN, ids=lambda part: str(part)[:40])
def test_what_fails_at_wechat_is_named_and_says_nothing_personal(at_home, fakes, cage, kind, name, fault, means):
    fake = at_home(fakes[kind, name])
    fake.fail(fault)
    with pytest.raises(NotDelivered) as trouble:
        CHANNELS[kind][name].deliver(message(kind))
    assert type(trouble.value).__name__ == means
    observe.logger().info("so that there is a line")
    quiet([*cage.kept, repr(trouble.value), repr(message(kind))], ADDRESSES[kind], "428913")
    assert not fake.came()


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_a_claim_travels_with_its_message_or_the_answer_numbers_it(at_home, fakes, kind, name):
    at_home(fakes[kind, name])
    told = CHANNELS[kind][name].deliver(message(kind, reference="M01JZCLAIM"))
    assert isinstance(told, str)
    assert told


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_who_can_be_asked_is_asked_and_nobody_else(at_home, fakes, kind, name):
    at_home(fakes[kind, name])
    channel = CHANNELS[kind][name]
    channel.deliver(message(kind, reference="M01JZCLAIM"))
    told = channel.enquire(message(kind, reference="M01JZCLAIM"), START)
    assert told == ("arrived" if channel.asks() else "unsure")


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_marketing_goes_only_where_it_may(at_home, fakes, kind, name):
    fake = at_home(fakes[kind, name])
    channel, told = CHANNELS[kind][name], message(kind)._replace(opt_out="https://shop.example/u/abc")
    if channel.marketing:
        channel.deliver(told)
    else:
        with pytest.raises(NotForMarketing):
            channel.deliver(told)
    assert bool(fake.came()) == channel.marketing


@pytest.mark.parametrize(("kind", "name"), LINES)
def test_a_message_comes_whole_and_to_whom_it_is_for(at_home, fakes, kind, name):
    fake = at_home(fakes[kind, name])
    CHANNELS[kind][name].deliver(message(kind))
    ((to, text),) = fake.came()
    assert (to, code_in(text)) == (ADDRESSES[kind], "428913")


@pytest.mark.parametrize(("kind", "name"), [line for line in LINES if line[0] in CODED])
def test_a_code_that_was_asked_for_comes_and_counts(front, at_home, fakes, cage, kind, name):
    fake = at_home(fakes[kind, name])
    assert ask(front, kind).status == 202
    ((to, text),) = fake.came()
    assert to == ADDRESSES[kind]
    body = {kind: to, "code": code_in(text), "terms": people.TERMS}
    assert front.post("/v1/auth/register", body).status == 201
    observe.logger().info("so that there is a line")
    quiet(cage.kept, to, code_in(text))


@pytest.mark.parametrize(("kind", "name", "fault", "means"), FAULTS, ids=lambda part: str(part)[:40])
def test_what_fails_is_named_and_says_nothing_personal(at_home, fakes, cage, kind, name, fault, means):
    fake = at_home(fakes[kind, name])
    fake.fail(fault)
    with pytest.raises(NotDelivered) as trouble:
        service.send(CODE, kind, ADDRESSES[kind], "zh", code="428913")
    assert type(trouble.value).__name__ == means
    lines = [text for text in cage.kept if "message not delivered" in text]
    assert lines
    assert all(means in line for line in lines)
    quiet([*cage.kept, repr(trouble.value)], *ADDRESSES.values(), "428913")
    assert not fake.came()


OF_THE_ADDRESS = {
    "AddressRefused": (422, "CONTACT_UNREACHABLE"),
    "NotSubscribed": (422, "CONTACT_UNREACHABLE"),
    "AddressBusy": (429, "CODE_TOO_OFTEN"),
}
OURS = (503, "CODE_NOT_SENT")


@pytest.mark.parametrize(("kind", "name", "fault", "means"), FAULTS, ids=lambda part: str(part)[:40])
def test_a_code_that_did_not_go_out_is_said_so_and_keeps_its_pause(
    front, engine, at_home, fakes, exchange, tencent, cage, kind, name, fault, means
):
    fake = at_home(fakes[kind, name])
    fake.fail(fault)
    told = ask(front, kind)
    assert (told.status, told.json["code"]) == OF_THE_ADDRESS.get(means, OURS)
    assert ("retry-after" in told.headers) == (told.status != 422)
    again = ask(front, kind)
    assert (again.status, again.json["code"], again.json["params"]) == (429, "CODE_TOO_SOON", {"seconds": 60})
    quiet([*cage.kept, told.text], *ADDRESSES.values())

    fake.fail(dict.fromkeys(fault) if name == "mail" else None)
    engine.advance(minutes(1))
    exchange.now = tencent.now = engine.now()
    assert ask(front, kind).status == 202
    assert len(fake.came()) == 1


def test_an_invitation_that_did_not_go_out_is_said_so(front, at_home, fakes, post):
    at_home(fakes["email", "mail"])
    admin = people.member(front, "admin", fresh=True)
    for fault, said in (("RCPT", OF_THE_ADDRESS["AddressRefused"]), ("MAIL", OURS)):
        post.faults[fault] = "550 nobody"
        told = front.post("/v1/admin/users", {"email": f"{fault.lower()}@example.com"}, token=admin.token)
        assert (told.status, told.json["code"]) == said
        post.faults.clear()
    told = front.post("/v1/admin/users", {"email": "other@example.com"}, token=admin.token)
    assert told.status == 201
    ((_, to, letter),) = post.letters
    assert "other@example.com" in to
    assert re.search(r"\w{5}-\w{5}-\w{5}", letter.get_content())


# ---- which channel, whose secrets, who is told -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("stage", "phone", "email"),
    [("local", "outbox", "outbox"), ("prod", "sms", "mail")],
)
def test_each_kind_of_address_has_its_channel_by_the_stage(monkeypatch, stage, phone, email):
    monkeypatch.setenv("JISHI_STAGE", stage)
    assert (service.channel("phone").name, service.channel("email").name) == (phone, email)
    assert "phone" in service.channel("phone").kinds
    assert "email" in service.channel("email").kinds


@pytest.mark.parametrize("name", ["mail", "pigeon"])
def test_a_channel_that_does_not_reach_phones_is_refused_for_phones(monkeypatch, name):
    monkeypatch.setenv("PHONE_CHANNEL", name)
    with pytest.raises(Misconfigured, match="PHONE_CHANNEL"):
        service.channel("phone")


@pytest.mark.parametrize(("kind", "name"), [("phone", "sms"), ("email", "mail")])
def test_without_its_secret_a_stage_sends_no_codes_and_the_log_names_the_secret(
    front, at_home, fakes, cage, kind, name
):
    at_home(fakes[kind, name])
    settings.use_secrets({**settings._injected, f"messages/{name}": {}})
    assert ask(front, kind).json["code"] == "CODE_NOT_SENT"
    settings.use_secrets({k: v for k, v in settings._injected.items() if k != f"messages/{name}"})
    with pytest.raises(Misconfigured, match=f"messages/{name}"):
        CHANNELS[kind][name].deliver(message(kind))
    assert any(f"messages/{name}" in line for line in cage.kept)


@pytest.mark.parametrize(
    ("kind", "name", "read"),
    [
        ("phone", "sms", aliyun_sms.SmsContract), ("email", "mail", mail.MailContract),
        ("phone", "tencent", tencent_sms.TencentContract), ("email", "ses", ses_adapter.SesContract),
        ("wechat", "wechat", WeChatAccount), ("mini", "mini", WeChatAccount), ("wecom", "wecom", WeComContract),
    ],
)  # fmt: skip
def test_the_table_names_the_fields_that_a_channel_reads_and_no_other(fakes, kind, name, read):
    document = Reading(fakes[kind, name].secrets[f"messages/{name}"])
    read.of(document)
    named = CHANNELS[kind][name].credentials
    assert document.names == {field.name for field in named} - OF_RECEIPTS
    for field in named:
        if field.needed:
            with pytest.raises(Misconfigured):
                read.of({key: told for key, told in document.items() if key != field.name})


def test_a_secret_that_was_put_for_a_stage_is_the_one_it_sends_with(engine, monkeypatch, tmp_path, post):
    document = tmp_path / "mail.json"
    document.write_text(json.dumps(post.document))
    build.main(["secret", "local", "messages/mail", str(document)])  # what `make secret` runs
    settings.use_secrets(None)
    monkeypatch.setenv("EMAIL_CHANNEL", "mail")
    service.send(CODE, "email", ADDRESSES["email"], "zh", code="428913")
    assert len(post.letters) == 1


OF_RECEIPTS = {"receipts", "token", "aes_key", "topic", "signs_in"}  # fields that an adapter does not read


def test_only_the_functions_that_send_may_read_the_channels_secrets():
    assert {one.secret for one in TABLE if one.credentials} == set(functions.MESSAGES)
    assert {f"messages/{name}" for name in ("sms", "tencent", "mail", "ses")} == set(functions.CODES)
    readers = {
        name
        for name, function in functions.FUNCTIONS.items()
        for _, what in functions.allowed(function.policy)
        if "messages/" in what
    }
    assert readers == {
        functions.API,
        "account",
        "notifying_worker",
        "meeting_worker",
        "webhooks",
        "grouping_worker",
        "receipts_worker",
    }


def test_every_message_has_a_subject_and_a_text_with_the_same_blanks_in_both_languages():
    import app  # noqa: F401  # imports every context

    assert CODE.blanks == {"code"}
    for text in TEXTS.values():
        assert text.zh.blanks == text.en.blanks == text.blanks, text.name
        assert text.zh.text.startswith("【集市】"), text.name
        assert text.en.text.startswith("[Jishi] "), text.name
        assert all((text.zh.subject, text.en.subject)), text.name


def test_two_messages_cannot_share_a_name():
    with pytest.raises(TypeError, match="two messages are called code"):
        Template("code", zh=CODE.zh, en=CODE.en)
    assert TEXTS["code"] is CODE


def test_what_does_not_go_out_is_told_under_the_dimensions_that_its_alarm_watches(
    at_home, fakes, post, capfd, monkeypatch
):
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    at_home(fakes["email", "mail"])
    counted = []
    for reply in ("550 nobody", "451 later"):  # a wrong address alone calls nobody
        post.faults["RCPT"] = reply
        with pytest.raises(NotDelivered):
            service.send(CODE, "email", ADDRESSES["email"], "en", code="428913")
        counted.append([line for line in capfd.readouterr().out.splitlines() if "_aws" in line])
    assert [len(lines) for lines in counted] == [0, 1]
    told = json.loads(counted[1][0])
    watching = alarms.alarms(observe.ALARMS)["MessageNotDeliveredAlarm"]["Properties"]
    assert told["_aws"]["CloudWatchMetrics"][0]["Namespace"] == watching["Namespace"]
    assert told["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [[one["Name"] for one in watching["Dimensions"]]]
    assert all(told[one["Name"]] == one["Value"] for one in watching["Dimensions"])


@pytest.mark.parametrize(
    ("code", "rings"),
    [
        ("BUSINESS_LIMIT_CONTROL", 0),
        ("MOBILE_NUMBER_ILLEGAL", 0),
        ("DAY_LIMIT_CONTROL", 1),
        ("BLACK_KEY_CONTROL_LIMIT", 2),
    ],
)
def test_what_one_number_takes_or_not_calls_nobody(at_home, fakes, capfd, monkeypatch, code, rings):
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    at_home(fakes["phone", "sms"]).fail(aliyun(f"isv.{code}"))
    with pytest.raises(NotDelivered):
        service.send(CODE, "phone", ADDRESSES["phone"], "en", code="428913")
    assert sum("_aws" in line for line in capfd.readouterr().out.splitlines()) == rings
