"""The shop's adapters and the simulator, written apart from the same rules, understand one another."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.kernel.clock import SystemClock
from chalicelib.kernel.money import Fen
from chalicelib.records.payments.providers import ADAPTERS, METHODS
from chalicelib.records.payments.providers.port import (
    AttemptRef,
    AttemptRequest,
    Declined,
    NextAction,
    RawNotify,
    RefundRef,
    RefundRequest,
    ReportedParcel,
    Sending,
    ShippingReport,
    Throttled,
    TradeNotFound,
)
from chalicelib.runtime.outside import PooledHttp
from simulator import Simulator
from tests.simulator.shop import Listener, call

NUMBER = "P01KAQ3T8Z6M4V2N9C7XJ5R1B01"
REFUND = "R01KAQ3T8Z6M4V2N9C7XJ5R1B02"


def adapter(sim: Simulator, name: str, **bend: Any) -> Any:
    nonce = lambda: secrets.token_hex(16)
    return ADAPTERS[name](sim.merchant[name] | bend, PooledHttp(), SystemClock(), nonce)


def attempt(product: str, listener: Listener) -> AttemptRequest:
    now = datetime.now(UTC)
    return AttemptRequest(
        NUMBER,
        product,
        Fen(128800),
        "龙泉青瓷 盖碗 & 礼盒",
        now,
        now + timedelta(minutes=30),
        listener.url,
        "http://127.0.0.1:8000/back",
        "o" + "x" * 27,
        "203.0.113.9",
    )


def pay(sim: Simulator, provider: str, product: str, next_action: NextAction) -> None:
    """Do what the buyer's terminal does with what it was handed."""
    fields = dict(next_action.fields)
    if next_action.kind == "form":
        page = call("POST", next_action.url, urlencode(fields), {"Content-Type": "application/x-www-form-urlencoded"})
        assert page.status == 303, page.body.decode()
        next_action = NextAction("redirect", page.headers["location"])
    if next_action.kind == "client":
        match provider, product:
            case "wechat", _:
                sim.pay(params=fields)
            case "alipay", "app":
                [order] = fields.values()
                sim.pay(order_string=order)
            case "unionpay", _:
                sim.pay(tn=fields["tn"])
            case _:
                sim.pay(provider, NUMBER)
        return
    page = call("GET", next_action.url)
    address = page.headers.get("location", next_action.url).partition("?")[0]
    pressed = call("POST", address, "action=pay", {"Content-Type": "application/x-www-form-urlencoded"})
    assert pressed.status == 303, pressed.body.decode()


@pytest.mark.parametrize(("name", "product"), sorted(METHODS))
def test_every_product_is_paid_told_refunded_and_told_again(
    sim: Simulator, listener: Listener, name: str, product: str
) -> None:
    shop = adapter(sim, name)
    asked = attempt(product, listener)
    made = shop.create(asked)
    if not METHODS[name, product].local:
        assert shop.create(asked).next_action.url == made.next_action.url

    pay(sim, name, product, made.next_action)

    notice = listener.wait(1)[0]
    told = shop.parse_notify(RawNotify(notice.headers, notice.body))
    assert told.payment is not None
    assert (told.payment.number, told.payment.status, told.payment.amount) == (NUMBER, "PAID", 128800)
    assert told.payment.mismatch == ""
    ref = AttemptRef(NUMBER, asked.created_at, asked.expires_at, told.payment.provider_ref, product)
    asked_for = shop.query(ref)
    assert (asked_for.status, asked_for.amount, asked_for.provider_ref) == ("PAID", 128800, ref.provider_ref)
    assert shop.close(ref) in ("ALREADY_PAID", "NOT_SUPPORTED")

    request = RefundRequest(REFUND, ref, Fen(800), Fen(128800), "尺寸不合", datetime.now(UTC), listener.url)
    assert shop.refund(request).status in ("PROCESSING", "SUCCEEDED")
    notice = listener.wait(2)[1]
    event = shop.parse_notify(RawNotify(notice.headers, notice.body))
    assert event.refund is not None
    assert (event.refund.number, event.refund.status) == (REFUND, "SUCCEEDED")
    back = shop.query_refund(RefundRef(REFUND, ref, (Sending(request.sent_at),)))
    assert (back.status, back.amount) == ("SUCCEEDED", 800)
    assert shop.refund(request).status in ("PROCESSING", "SUCCEEDED")
    assert [refund["amount"] for refund in sim.book()["refunds"]] == [800]


@pytest.mark.parametrize(
    ("name", "bend"),
    [("alipay", {"mode": "cert"}), ("wechat", {"public_key_id": ""})],
)
def test_the_other_key_mode_works_alike(sim: Simulator, listener: Listener, name: str, bend: dict[str, str]) -> None:
    if name == "wechat":
        sim.mode(wechat="certificate")
    shop = adapter(sim, name, **bend)
    product = {"alipay": "qr", "wechat": "native"}[name]
    made = shop.create(attempt(product, listener))
    pay(sim, name, product, made.next_action)
    notice = listener.wait(1)[0]
    told = shop.parse_notify(RawNotify(notice.headers, notice.body))
    assert told.payment is not None
    assert told.payment.status == "PAID"


@pytest.mark.parametrize(("name", "product"), [("wechat", "native"), ("alipay", "qr"), ("unionpay", "app")])
def test_the_shop_reads_the_bill_of_the_day(still: Simulator, listener: Listener, name: str, product: str) -> None:
    shop = adapter(still, name)
    asked = attempt(product, listener)
    made = shop.create(asked)
    pay(still, name, product, made.next_action)
    ref = still.book()["payments"][0]["trade_no"]
    found = AttemptRef(NUMBER, asked.created_at, asked.expires_at, ref, product)
    shop.refund(RefundRequest(REFUND, found, Fen(800), Fen(128800), "尺寸不合", datetime.now(UTC), listener.url))
    still.advance(5)
    still.deliver()
    still.advance(36 * 3600)
    paid_at = datetime.fromtimestamp(still.book()["payments"][0]["paid"], UTC)
    shift = timedelta(hours=9 if name == "unionpay" else 8)  # UnionPay's clearing day ends at 23:00
    day: date = (paid_at + shift).date()
    rows = sorted(shop.fetch_bill(day), key=lambda row: row.kind)
    assert [(row.kind, row.amount) for row in rows] == [("PAY", 128800), ("REFUND", 800)]
    assert rows[0].number == NUMBER
    assert rows[1].refund_number == REFUND


def test_wechat_keeps_the_money_of_a_mini_program_until_it_is_told_what_was_sent(sim, listener):
    payments = adapter(sim, "wechat")
    pay(sim, "wechat", "mini", payments.create(attempt("mini", listener)).next_action)
    ref = AttemptRef(NUMBER, datetime.now(UTC), datetime.now(UTC))
    known = payments.shipping(ref)
    assert (known.state, known.waybills, known.wholes, known.payer) == ("unsent", frozenset(), 0, "o" + "x" * 27)
    one, two = ReportedParcel("shunfeng", "SF1", "盖碗 ×1", "1234"), ReportedParcel("jd", "JD2", "礼盒 ×1")
    part = ShippingReport(NUMBER, (one,), False, datetime.now(UTC))
    whole = ShippingReport(NUMBER, (one, two), True, datetime.now(UTC))
    for report, wholes in ((part, 0), (whole, 1), (whole._replace(parcels=(two,)), 2)):
        payments.report_shipping(report, known)
        known = payments.shipping(ref)
        assert (known.knows(report), known.wholes) == (True, wholes)
    with pytest.raises(Declined, match="10060003"):
        payments.report_shipping(whole, known)
    with pytest.raises(TradeNotFound):
        payments.shipping(ref._replace(number="P01KAQ3T8Z6M4V2N9C7XJ5R1B09"))
    sim.faults("mini", throttle=1)
    with pytest.raises(Throttled):
        payments.shipping(ref)
