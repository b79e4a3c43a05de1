"""Codes: six digits, five minutes, five tries, and limits on everybody who asks."""

from __future__ import annotations

import pytest

from chalicelib.records.identity.access.service import verification_codes
from chalicelib.records.identity.model import Count
from chalicelib.records.messages.channels import outbox
from chalicelib.records.messages.channels.port import AddressBusy, AddressRefused, Message, Misconfigured
from chalicelib.records.messages.service import send
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from tests.support import aws, people
from tests.support.people import TERMS
from tests.support.world import minutes

PHONE = "13800138000"


def ask(front, phone=PHONE, purpose="login", headers=None, ip="127.0.0.1", **more):
    return front.post("/v1/auth/codes", {"purpose": purpose, "phone": phone, **more}, headers=headers, ip=ip)


def register(front, code, phone=PHONE):
    return front.post("/v1/auth/register", {"phone": phone, "code": code, "terms": TERMS})


def wrong(code):
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_asking_for_a_code_tells_nothing_about_the_target(front, engine):
    people.register(front)
    engine.advance(minutes(2))
    known, unknown = ask(front), ask(front, "13900139000")
    assert (known.status, known.json) == (unknown.status, unknown.json) == (202, {"seconds": 300})
    assert [one.address for one in outbox.latest()[:2]] == ["+8613900139000", "+8613800138000"]


def test_a_country_that_is_not_served_gets_the_same_answer_and_no_message(front):
    answer = ask(front, "+1 415 555 0100")
    assert (answer.status, answer.json) == (202, {"seconds": 300})
    assert not outbox.latest()


def test_one_code_a_minute_to_one_target(front, engine):
    assert ask(front).status == 202
    soon = ask(front, purpose="register")
    assert (soon.status, soon.json["code"], soon.json["params"]) == (429, "CODE_TOO_SOON", {"seconds": 60})
    engine.advance(minutes(1))
    assert ask(front).status == 202


def test_ten_codes_a_day_to_one_target_of_them_five_from_one_network(front, engine):
    for n in range(10):
        assert ask(front, ip=f"10.{n // 5}.0.{n}").status == 202
        engine.advance(minutes(1.1))
    for ip in ("10.0.0.1", "10.2.0.1"):
        assert (ask(front, ip=ip).status, ask(front, ip=ip).json["code"]) == (429, "CODE_TOO_OFTEN")
    assert ask(front, "13900139000").status == 202
    engine.advance(minutes(24 * 60))
    assert ask(front).status == 202


def test_codes_an_hour_by_device(front, engine, monkeypatch):
    monkeypatch.setenv("CODES_PER_DEVICE_HOUR", "3")
    told = [ask(front, f"1380013800{n}", headers={"X-Device": "tablet"}).status for n in range(4)]
    assert told == [202, 202, 202, 429]
    assert ask(front, "13800138009", headers={"X-Device": "other"}).status == 202


def test_codes_an_hour_by_network_address(front, monkeypatch):
    monkeypatch.setenv("CODES_PER_IP_HOUR", "2")
    assert [ask(front, f"1380013800{n}").status for n in range(3)] == [202, 202, 429]


def test_an_hours_codes_of_the_network_around_an_address(front, monkeypatch):
    """A customer of a provider has 65,536 lines: an hour's codes of ten."""
    monkeypatch.setenv("CODES_PER_IP_HOUR", "1")
    told = [ask(front, f"138001380{n:02}", ip=f"2001:db8:1:{n:x}::1").status for n in range(11)]
    assert told == [202] * 10 + [429]
    assert ask(front, "13800138099", ip="2001:db8:2::1").status == 202


@pytest.mark.parametrize("budget", [1, 3, 250, 1611])
def test_the_shares_of_the_budget_are_the_budget(front, monkeypatch, budget):
    """It lies in several rows, so that no row stands in everybody's transaction."""
    monkeypatch.setenv("CODES_PER_DAY", str(budget))
    shares, seen = {}, []
    monkeypatch.setattr(verification_codes, "count", lambda what, _w, most, *_: seen.append((what, most)))
    for n in range(400):
        verification_codes._add_limits(verification_codes.target(f"138{n:08}", None), None, Work(ANYONE, "x"))
    shares = {what: most for what, most in seen if what.startswith("codes|shop")}
    assert len(shares) == min(16, max(1, budget // 100))
    assert sum(shares.values()) == budget


def test_no_row_of_the_whole_shop_stands_in_every_codes_transaction(front):
    for n in range(48):
        assert ask(front, f"1380013{n:04}", ip=f"10.{n}.0.1").status == 202
    counts = [int(row.number) for row in aws.rows(Count) if "|" in row.key and row.number]
    assert max(counts) <= 12, "one row has counted a quarter of all"


def test_a_spent_budget_sends_nothing_and_answers_the_same(front, monkeypatch):
    monkeypatch.setenv("CODES_PER_DAY", "2")
    told = [ask(front, f"1380013800{n}") for n in range(3)]
    assert [one.status for one in told] == [202, 202, 202]
    assert told[2].json == told[0].json
    assert len(outbox.latest()) == 2


def test_a_code_is_good_for_five_minutes(front, engine):
    code = people.code_for(front, "register", phone=PHONE)
    engine.advance(minutes(5))
    assert (register(front, code).status, register(front, code).json["code"]) == (401, "CODE_WRONG")


def test_after_five_wrong_tries_the_right_code_is_wrong_too(front):
    code = people.code_for(front, "register", phone=PHONE)
    for _ in range(5):
        assert register(front, wrong(code)).status == 401
    assert register(front, code).json["code"] == "CODE_WRONG"


def test_four_wrong_tries_leave_the_fifth(front):
    code = people.code_for(front, "register", phone=PHONE)
    for _ in range(4):
        assert register(front, wrong(code)).status == 401
    assert register(front, code).status == 201


def test_a_code_counts_once_and_only_for_its_purpose(front, engine):
    code = people.code_for(front, "register", phone=PHONE)
    reset = {"phone": PHONE, "code": code, "password": "long enough 1"}
    assert front.post("/v1/auth/password", reset).json["code"] == "CODE_WRONG"
    assert register(front, code).status == 201
    assert front.post("/v1/auth/login", {"phone": PHONE, "code": code}).status == 401
    assert register(front, code).json["code"] == "CODE_WRONG"


def test_who_is_not_known_yet_registers_with_the_code_that_was_to_sign_in(front):
    code = people.code_for(front, "login", phone=PHONE)
    unknown = front.post("/v1/auth/login", {"phone": PHONE, "code": code})
    assert (unknown.status, unknown.json["code"]) == (401, "ACCOUNT_NOT_FOUND")
    assert register(front, code).status == 201


def test_a_code_for_another_phone_is_wrong(front):
    code = people.code_for(front, "register", phone=PHONE)
    people.code_for(front, "register", phone="13900139000")
    assert register(front, code, "13900139000").status == 401


def test_a_new_code_takes_the_place_of_the_old_one(front, engine):
    first = people.code_for(front, "register", phone=PHONE)
    engine.advance(minutes(1))
    second = people.code_for(front, "register", phone=PHONE)
    assert register(front, first).status == 401
    assert register(front, second).status == 201


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (OSError("no line"), 503, "CODE_NOT_SENT"), (Misconfigured("535"), 503, "CODE_NOT_SENT"),
        (AddressRefused("550"), 422, "CONTACT_UNREACHABLE"), (AddressBusy("busy"), 429, "CODE_TOO_OFTEN"),
    ],
)  # fmt: skip
def test_a_sender_that_fails_is_said_so_and_an_address_that_takes_nothing_is_no_failure_of_ours(
    front, trouble, status, code
):
    def fails(*_, **__):
        raise trouble

    verification_codes.use_sender(fails, refused=AddressRefused, busy=AddressBusy)
    try:
        told = ask(front)
        assert (told.status, told.json["code"]) == (status, code)
    finally:
        verification_codes.use_sender(send, refused=AddressRefused, busy=AddressBusy)


def test_a_device_named_in_odd_letters_is_a_device(front):
    told = [
        ask(front, f"1380013801{n}", headers={"X-Device": name}) for n, name in enumerate(("\ud800", "a\n\0", "\u202e"))
    ]
    assert [one.status for one in told] == [202] * 3


def test_the_outbox_is_a_page_of_local_shops_only(front, monkeypatch, tmp_path):
    monkeypatch.setenv("OUTBOX_DIR", str(tmp_path))
    ask(front)
    told = front.get("/dev/outbox")
    assert told.json[0]["to"] == "+8613800138000"
    assert people.last_code() in told.json[0]["text"]
    monkeypatch.setenv("JISHI_STAGE", "prod")
    for accept in ("application/json", "text/html"):
        assert front.get("/dev/outbox", headers={"Accept": accept}).status == 404
    with pytest.raises(outbox.OutboxElsewhere):
        outbox.deliver(Message("code", "phone", "+8613800138000", "zh", "123456", "subject", "text"))
