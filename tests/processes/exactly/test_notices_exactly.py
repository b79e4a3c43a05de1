"""A provider's notice at our door, to the letter: what it is answered, what it changes, what is counted of it."""

from __future__ import annotations

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.processes.paying.service.take_notice import take_notice
from chalicelib.records.payments.events import RefundRequested
from chalicelib.records.payments.model import Payment, PaymentException, Refund
from chalicelib.records.payments.providers import ADAPTERS
from chalicelib.records.payments.providers.port import (
    AuthConfig,
    Malformed,
    NotifyEvent,
    RawNotify,
    SignatureInvalid,
    SignerUnknown,
    Unopened,
)
from chalicelib.records.payments.service import calls
from chalicelib.runtime import observe
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.http import Request
from chalicelib.runtime.journal import Journal
from chalicelib.runtime.work import Work
from tests.processes.exactly.till import ONE, ORDER, R1, TWO, news, refund_news

HEADERS, BODY = {"X-Signature": "s"}, b"the very bytes"


@pytest.fixture
def wechat(till):
    till.order()
    till.attempt()
    till.look()
    return till.providers["wechat"]


def paid(**more):
    return NotifyEvent("n1", "PAYMENT", payment=news(**more))


def gave_back(**more):
    return NotifyEvent("n1", "REFUND", refund=refund_news(R1, "SUCCEEDED", 5, **more))


def tell(till, event, provider="wechat"):
    """What the provider is answered: status, body and kind."""
    till.providers.get(provider, till.providers["wechat"]).says["parse_notify"] = event
    notice = Work(
        ANYONE, f"POST {provider}", fingerprint=f"of its words, which differ each time {len(till.cloud.engine.log)}"
    )
    raw = take_notice(provider, Request(HEADERS, BODY, {}, "198.51.100.1"), notice)
    return raw.status, raw.body, raw.media


TAKEN, AGAIN = (201, "good", "application/x-ack"), "again"


def again(status):
    """Not acknowledged: it will be told again."""
    return status, "again", "application/x-ack"


# ---- verified -------------------------------------------------------------------------------------------------------
def test_what_is_verified_is_the_very_bytes_and_headers(till, wechat):
    assert tell(till, paid()) == TAKEN
    assert wechat.asked == [("parse_notify", RawNotify(HEADERS, BODY))]
    assert till.state() == "paid"
    assert till.counted == {"Notice wechat paid": 1}


def test_a_provider_without_a_contract_has_nothing_to_tell(till, wechat):
    assert tell(till, paid(), provider="paypal") == (404, "", "text/plain; charset=utf-8")
    assert (wechat.asked, till.counted) == ([], {})


def test_a_contract_that_cannot_be_used_is_told_again(till, wechat):
    def unusable(*_):
        raise KeyError("mchid")

    calls.forget("wechat")
    ADAPTERS["wechat"] = unusable
    assert tell(till, paid()) == (503, "", "text/plain; charset=utf-8")
    assert (wechat.asked, till.state()) == ([], "placed")


@pytest.mark.parametrize("trouble", [SignatureInvalid("x"), SignerUnknown("x")])
def test_what_the_provider_has_not_signed_changes_nothing_but_a_counter(till, wechat, trouble):
    before = till.tables()
    assert tell(till, trouble) == again(401)
    assert (till.tables(), till.counted) == (before, {"NoticeForged wechat": 1})


def test_what_cannot_be_read_without_doubt_changes_nothing_but_a_counter(till, wechat):
    before = till.tables()
    assert tell(till, Malformed("x")) == again(400)
    assert (till.tables(), till.counted) == (before, {"NoticeMalformed wechat": 1})


def test_what_cannot_be_opened_calls_who_holds_the_keys(till, wechat, monkeypatch):
    errors = logged(monkeypatch, "error")
    assert tell(till, Unopened("x")) == again(400)
    assert till.counted == {"NoticeMalformed wechat": 1, "ProviderError wechat keys": 1}
    assert [(told["calls"], told["code"]) for _, told in errors] == [("keys", "NOTICE_KEY")]


def test_what_would_prove_it_and_cannot_be_read_is_told_again(till, wechat):
    assert tell(till, AuthConfig("KEY")) == (503, "", "text/plain; charset=utf-8")
    assert till.counted == {"ProviderError wechat configuration": 1}
    assert till.state() == "placed"


def logged(monkeypatch, level):
    """What is logged at a level."""
    lines = []
    monkeypatch.setattr(observe.logger(), level, lambda text, **told: lines.append((text, told)))
    return lines


# ---- taken ----------------------------------------------------------------------------------------------------------
def test_the_same_outcome_told_again_is_acknowledged_without_a_second_effect(till, wechat):
    tell(till, paid())
    before = till.tables()
    till.look()
    assert tell(till, NotifyEvent("n2", "PAYMENT", payment=news(evidence="other", provider_ref="T9"))) == TAKEN
    assert till.tables() == before
    assert till.counted == {"Notice wechat known": 1}
    assert till.calls == ["TransactWriteItems"]  # the journal knows it


@pytest.mark.parametrize(
    "other", [{"status": "CLOSED"}, {"amount": 7}, {"mismatch": "merchant"}, {"products": ("app",)}, {"number": TWO}]
)
def test_another_outcome_is_another_fact(till, wechat, other):
    till.attempt(TWO)
    tell(till, paid())
    keys = {row.key for row in till.rows(Journal) if row.key[0] != "."}
    till.set(Payment, ONE, state="pending", captured=Fen(0))
    tell(till, paid(**other))
    assert len({row.key for row in till.rows(Journal) if row.key[0] != "."} - keys) == 1


def test_the_same_of_another_provider_is_another_fact(till, wechat):
    tell(till, paid())
    assert tell(till, paid(), provider="alipay") == TAKEN
    assert till.counted == {"Notice wechat paid": 1, "PaymentMismatch alipay": 1, "Notice alipay mismatch": 1}


def test_what_was_told_is_remembered_without_a_print_of_its_words(till, wechat):
    tell(till, paid())
    (row,) = [row for row in till.rows(Journal) if row.key[0] != "."]
    assert (row.fingerprint or "", row.actor) == ("", "")


def test_a_number_that_nobody_knows_is_not_acknowledged_so_that_it_is_told_again(till, wechat):
    for _ in range(2):
        assert tell(till, paid(number=TWO)) == again(404)
    assert till.counted == {"Notice wechat unknown": 2}
    assert [case.kind for case in till.rows(PaymentException)] == ["unknown"]


def test_what_could_not_be_written_is_not_acknowledged(till, wechat, monkeypatch):
    lines = logged(monkeypatch, "warning")
    till.attempt(TWO, state="quarantined")
    till.meanwhile(None, None, lambda: till.set(Payment, TWO, state="paid"))
    assert tell(till, paid(number=TWO, amount=7)) == again(503)
    assert [told["provider"] for _, told in lines] == ["wechat"]
    assert "CommitRejected" in lines[0][1]["causes"]
    assert "Notice wechat mismatch" not in till.counted


def test_what_is_refused_outright_is_not_acknowledged_either(till, wechat):
    held = till.cloud.engine.tables["jishi-orders"]
    for key, item in list(held.items.items()):
        till.cloud.engine.apply(held, key, item, None)
    assert tell(till, paid()) == again(503)


def test_news_of_a_refund_are_folded(till, wechat):
    till.set(Payment, ONE, state="paid", captured=Fen(5))
    till.refund(R1, 5, "processing")
    till.look()
    assert tell(till, gave_back()) == TAKEN
    assert till.row(Refund, R1)["state"] == "succeeded"
    assert till.counted == {"Notice wechat moved": 1}
    assert tell(till, gave_back()) == TAKEN
    assert till.counted == {"Notice wechat moved": 1, "Notice wechat known": 1}
    assert RefundRequested.wire not in [fact[0] for fact in till.told()]


def test_another_provider_s_word_of_a_refund_is_not_believed(till, wechat):
    till.set(Payment, ONE, state="paid", captured=Fen(5))
    till.refund(R1, 5, "processing")
    assert tell(till, gave_back(), provider="alipay") == TAKEN
    assert [(case.kind, case.provider) for case in till.rows(PaymentException)] == [("refund_provider", "alipay")]
    assert till.row(Refund, R1)["state"] == "processing"


def test_what_is_neither_is_ignored_and_acknowledged(till, wechat):
    before = till.tables()
    assert tell(till, NotifyEvent("n1", "IGNORED")) == TAKEN
    assert (till.tables(), till.counted) == (before, {"Notice wechat ignored": 1})
    assert till.state(ORDER) == "placed"
