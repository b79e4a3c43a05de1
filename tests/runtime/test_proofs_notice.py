"""The proofs of money notice what they are there for: with a guard taken out, each finds something."""

from __future__ import annotations

import base64

import pytest

from chalicelib.processes.paying.service import take_notice
from chalicelib.records.payments import rules
from chalicelib.records.payments.providers import wire
from chalicelib.records.payments.providers.unionpay import signing as unionpay_sign
from chalicelib.records.payments.providers.wechat import signing as wechat_sign
from tests.hardening.proof import folding, forgery
from tests.hardening.proof.hook import without_moto


@pytest.fixture(autouse=True)
def alone():
    with without_moto():
        yield


def lax(text):
    """What many a library does with base64."""
    cleaned = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(cleaned + "=" * (-len(cleaned) % 4)) or None
    except ValueError:
        return None


def found(each=150):
    return " ".join(what for all_ in forgery.prove(each).violations.values() for what in all_)


def test_nothing_is_found_where_nothing_is_wrong():
    assert found(40) == ""
    assert folding.prove(1).violations == {}


def test_a_lax_signature_text_is_noticed(monkeypatch):
    monkeypatch.setattr(wire, "canonical_base64", lax)
    told = found()
    assert "signature text: " in told
    assert "something was written" in told


def test_a_window_that_is_open_for_ever_is_noticed(monkeypatch):
    monkeypatch.setattr(wechat_sign, "WINDOW", 10**9)
    assert "answered 204" in found(0) or "written" in found(0)


def test_any_certificate_for_unionpay_s_is_noticed(monkeypatch):
    monkeypatch.setattr(unionpay_sign.Trust, "holds", lambda *_: True)
    assert "certificate: " in found()


def test_a_forged_notice_that_is_acknowledged_is_noticed(monkeypatch):
    monkeypatch.setattr(take_notice, "_reply", lambda said, status: take_notice.Raw(said.body, status=200))
    assert "answered 200" in found(30)


@pytest.mark.parametrize(("state", "action"), [("closed", "settle"), ("failed", "settle"), ("quarantined", "settle")])
def test_an_edge_that_is_missing_is_noticed(monkeypatch, state, action):
    monkeypatch.delitem(rules.ATTEMPT.edges[state], action)
    assert folding.prove(2, ("wechat",)).violations


def test_an_edge_too_many_is_noticed(monkeypatch):
    monkeypatch.setitem(rules.ATTEMPT.edges, "paid", {"close": "closed"})
    assert folding.prove(2, ("wechat",)).violations


def test_a_refund_s_success_that_is_not_the_last_word_is_noticed(monkeypatch):
    monkeypatch.setitem(rules.REFUND.edges, "succeeded", {"fail": "failed"})
    assert folding.prove(2, ("wechat",)).violations
