"""A customer hears what became of money that came late, twice or back: once, at a proven contact, naming no more than it must."""

from __future__ import annotations

from types import SimpleNamespace
from typing import get_args

import pytest

from chalicelib.processes.notifying import consumers, texts
from chalicelib.processes.notifying.service import telling
from chalicelib.processes.paying.rules import Unwanted
from chalicelib.records.messages import service as messages
from chalicelib.records.messages.channels import outbox
from chalicelib.records.payments.events import PaymentDoubled, PaymentLate, RefundSucceeded
from chalicelib.runtime.vault import VaultClosed
from tests.records.catalog import goods

PAYMENT = "01"


@pytest.fixture
def order(counter):
    placed = counter.place(counter.quote((0, 1))).json["order_id"]
    counter.bus.run()
    outbox.clear()
    return placed


def happens(counter, fact):
    work = goods.work()
    work.publish(fact)
    work.commit()
    counter.bus.run()


def facts(order):
    return [
        (PaymentLate(order + PAYMENT, order, "revived"), "已恢复"),
        (PaymentLate(order + PAYMENT, order, "refunded", "gone"), "来得太晚"),
        (PaymentLate(order + PAYMENT, order, "refunded", "cancelled"), "您已取消"),
        (PaymentLate(order + PAYMENT, order, "refunded", "called_off"), "商家已取消"),
        (PaymentLate(order + PAYMENT, order, "refunded", "repriced"), "请按新价付款"),
        (PaymentLate(order + PAYMENT, order, "refunded", "free"), "已无需付款"),
        (PaymentDoubled(order + PAYMENT, order), "重复付款"),
        (RefundSucceeded("R1", order + PAYMENT, order, 1050), "退款 ¥10.50 已退回"),
    ]


@pytest.mark.parametrize("n", range(8))
def test_each_is_said_to_the_phone_that_is_proven(counter, order, n):
    fact, words = facts(order)[n]
    happens(counter, fact)
    (sent,) = outbox.latest()
    assert (sent.kind, sent.address) == ("phone", "+8613800138000")
    assert words in sent.text
    assert order[-6:] in sent.text
    assert order not in sent.text


def test_every_reason_why_money_goes_back_has_a_sentence_of_its_own_in_both_languages():
    late = [consumers.LATE[why] for why in get_args(Unwanted)]
    told = [*late, texts.PAID_LATE, texts.PAID_TWICE, texts.RETURNED]
    assert len({one.words(spoken).text for one in told for spoken in ("zh", "en")}) == 2 * len(told)


def test_delivered_twice_it_is_said_once(counter, order):
    detail = {"id": "J1.0", "at": 0, "actor": "", "version": 1, "data": PaymentDoubled(order + PAYMENT, order).data()}
    for _ in range(2):
        consumers.worker.deliver({"detail-type": PaymentDoubled.wire, "detail": detail})
    assert len(outbox.latest()) == 1


def test_it_is_said_in_the_language_that_the_customer_reads(counter, order):
    assert counter.ask("PATCH", "/v1/me", {"language": "en"}).status == 204
    happens(counter, PaymentDoubled(order + PAYMENT, order))
    assert "was paid twice" in outbox.latest()[0].text


def test_whoever_was_forgotten_or_has_no_proven_contact_is_told_nothing(counter, order, monkeypatch):
    from chalicelib.records.identity.accounts.service import accounts

    monkeypatch.setattr(accounts, "contacts", lambda _account: [])
    happens(counter, PaymentDoubled(order + PAYMENT, order))
    assert outbox.latest() == []


def test_while_the_vault_is_closed_it_is_not_noted_as_said(counter, order, monkeypatch):
    def closed(*_args):
        raise VaultClosed()

    detail = {"id": "J2.0", "at": 0, "actor": "", "version": 1, "data": PaymentDoubled(order + PAYMENT, order).data()}
    envelope = {"detail-type": PaymentDoubled.wire, "detail": detail}
    with monkeypatch.context() as broken:
        broken.setattr(telling, "find_contact", closed)
        with pytest.raises(VaultClosed):
            consumers.worker.deliver(envelope)
    consumers.worker.deliver(envelope)
    assert len(outbox.latest()) == 1


def test_a_message_that_does_not_go_out_stops_nothing(counter, order, monkeypatch):
    def broken(_message):
        raise messages.NotDelivered("451")

    monkeypatch.setattr(messages, "channel", lambda _kind: SimpleNamespace(deliver=broken))
    happens(counter, PaymentDoubled(order + PAYMENT, order))
    assert outbox.latest() == []
    happens(counter, PaymentDoubled(order + PAYMENT, order))
