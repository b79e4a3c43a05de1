"""What a provider would never say, signed by the provider: amounts, states and fields of every odd kind.

No door falls, no money is believed that is not the money asked for, and the books balance after each.
"""

from __future__ import annotations

import random

import pytest

from local import books
from tests.hardening.fuzz.oddities import BODIES
from tests.hardening.fuzz.staffed import DOORS

ODD = [
    "",
    "x",
    "-1",
    -1,
    0,
    10**30,
    1e308,
    None,
    [],
    {},
    [[]],
    "\0",
    "x" * 5000,
    True,
    "99.001",
    "１",
    "NaN",
    "1e2",
    "中",
    10**40,
    10**4000,
    "9" * 12,
    "9" * 40,
    "0001-01-01 00:00:00",
    "00010101000000",
    "9999-12-31T23:59:59-23:59",
    "0101000000",
    "²" * 14,
    "²³²³0101",
    "٢٠٢٦",
    "&a=b",
    "\u2028",
    {"a": {"b": [1]}},
]
FIELDS = {
    "wechat": ["amount", "trade_state", "out_trade_no", "transaction_id", "success_time", "mchid", "appid", "payer",
               "trade_type", "attach", "bank_type"],
    "alipay": ["total_amount", "trade_status", "out_trade_no", "trade_no", "gmt_payment", "seller_id", "app_id", "gmt_refund",
               "refund_fee", "out_biz_no", "notify_type", "notify_id", "trans_currency", "charset"],
    "unionpay": ["txnAmt", "respCode", "orderId", "queryId", "txnTime", "merId", "currencyCode", "origRespCode",
                 "traceTime", "txnType", "version", "encoding", "signMethod", "certId"],
}  # fmt: skip
AMOUNTS = [
    *({"total": odd, "currency": "CNY"} for odd in ODD),
    {"total": 9900}, {"currency": "CNY"}, {"total": 9900, "currency": "cny"},
]  # fmt: skip


def fresh(shop, provider):
    """An order with an open attempt of this provider."""
    order = shop.place(shop.things["sku"][0])
    payment = shop.pay(order, provider)
    shop.fakes[provider].pay(payment)
    return order, payment


def written(fake, payment, field, told):
    """The signed notice; None when the provider itself could not write it."""
    try:
        return fake.notice(payment, **{field: told})
    except (TypeError, ValueError, AttributeError):
        return None


@pytest.mark.parametrize("provider", sorted(DOORS))
def test_signed_nonsense_pays_for_nothing_and_breaks_nothing(shop, provider):
    fake, tried = shop.fakes[provider], 0
    order, payment = fresh(shop, provider)
    saved = shop.snapshot()
    for field in FIELDS[provider]:
        for odd in (*ODD, *(AMOUNTS if field == "amount" else ())):
            shop.restore(saved)
            told = odd if provider == "wechat" else str(odd)
            notice = written(fake, payment, field, told)
            if notice is None:
                continue
            answer = shop.deliver(DOORS[provider], notice)
            tried += 1
            what = f"{provider} {field}={odd!r}: {answer.status} {answer.body[:200]}"
            assert answer.status in (200, 204, 400, 401, 404), what
            if shop.state_of(order) == "paid":
                kept = next(row for row in shop.rows(_payments()) if row.id == payment)
                assert int(kept.captured) == int(kept.amount), what
                assert field not in ("total_amount", "txnAmt", "mchid", "seller_id", "merId"), what
            assert not books.findings(shop.rows), what
    assert tried > 60


@pytest.mark.parametrize("provider", sorted(DOORS))
def test_bodies_that_are_no_notice_write_nothing(shop, provider):
    order, payment = fresh(shop, provider)
    genuine = shop.fakes[provider].notice(payment)
    before, chance = shop.mark(), random.Random(provider)
    bodies = [body for body, _ in BODIES.values()]
    bodies += [genuine.body[: chance.randrange(1, len(genuine.body))] for _ in range(60)]
    bodies += [
        genuine.body[:at] + bytes([chance.randrange(256)]) + genuine.body[at:] for at in range(0, len(genuine.body), 7)
    ]
    for body in bodies:
        answer = shop.deliver(DOORS[provider], type(genuine)(genuine.headers, body))
        assert answer.status in (400, 401, 404, 413), (answer, body[:80])
        assert shop.mark() == before, body[:80]
    assert shop.state_of(order) == "placed"
    assert shop.deliver(DOORS[provider], genuine).status < 300, "and the genuine one is still taken"


def _payments():
    from chalicelib.records.payments.model import Payment

    return Payment
