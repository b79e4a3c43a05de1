"""Asking again for an attempt: the provider is told the first request's words, whoever asks, from where and whenever; what
cannot be said again ends the attempt."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.processes.paying.service.start_payment import handed_over
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.identity.model import ACCOUNT, Account
from chalicelib.records.orders import service as orders
from chalicelib.records.payments.providers import METHODS
from chalicelib.records.payments.providers.port import RawNotify
from chalicelib.records.payments.rules import PaymentMethodUnknown, PaymentProviderDown
from chalicelib.records.payments.service import attempts, calls
from chalicelib.runtime import settings
from chalicelib.runtime.table import delete

from .conftest import CUSTOMER

CALLED = sorted(key for key, row in METHODS.items() if not row.local)
SIGNED_HERE = sorted(key for key, row in METHODS.items() if row.local)
OF_THE_MOMENT = {"sign", "timestamp", "signature"}
FIRST_PAYER, FIRST_PLACE, NEXT_PLACE = "o-payer-1", "203.0.113.7", "2001:db8::7"


class Listener:
    """The network, and what was asked over it to open an attempt."""

    def __init__(self, http):
        self.http, self.heard = http, []

    def request(self, method, url, headers, body):
        if b"notify_url" in body or b"backUrl" in body:
            self.heard.append(said(body))
        return self.http.request(method, url, headers, body)


def said(body):
    """What was asked, without what belongs to the moment of asking."""
    if body.startswith(b"{"):
        return json.loads(body)
    return {name: value for name, value in parse_qsl(body.decode()) if name not in OF_THE_MOMENT}


@pytest.fixture
def line(shop):
    listener = Listener(calls._http)
    calls.use_http(listener)
    return listener


def moved_on(shop, minutes=6):
    """Another network, and later than what an h5 link lives."""
    shop.buyer = shop.buyer._replace(ip=NEXT_PLACE, terminal="mini", language="en")
    shop.clock.advance(timedelta(minutes=minutes))


@pytest.mark.parametrize(("provider", "product"), CALLED)
def test_after_a_lost_answer_the_provider_is_told_the_first_words_again(shop, line, provider, product):
    order_id, fake = shop.order(), shop.fakes[provider]
    fake.fault = "lost"
    with pytest.raises(PaymentProviderDown):
        shop.start(order_id, provider, product, key="once", payer=FIRST_PAYER)
    fake.fault = None
    moved_on(shop)
    shop.start(order_id, provider, product, key="once", payer="o-payer-2")
    first, again = line.heard
    assert first == again
    assert len(shop.payments()) == 1


@pytest.mark.parametrize("answer", ["lost", None])
def test_an_h5_link_that_ran_out_is_asked_for_from_the_first_address(shop, line, answer):
    order_id = shop.order()
    first = shop.start(order_id, "wechat", "h5", key="once")
    moved_on(shop)
    if answer:
        shop.fakes["wechat"].fault = answer
        with pytest.raises(PaymentProviderDown):
            shop.start(order_id, "wechat", "h5", key="once")
        shop.fakes["wechat"].fault = None
    again = shop.start(order_id, "wechat", "h5", key="once")
    assert (again.id, again.state, again.next_action.kind) == (first.id, "pending", "redirect")
    assert {told["scene_info"]["payer_client_ip"] for told in line.heard} == {FIRST_PLACE}
    assert len(line.heard) == (3 if answer else 2)


@pytest.mark.parametrize(("provider", "product"), SIGNED_HERE)
def test_what_is_signed_here_says_the_same_however_often_it_is_read(shop, provider, product):
    order_id = shop.order()
    first = shop.start(order_id, provider, product, key="once")
    moved_on(shop)
    again = shop.start(order_id, provider, product, key="once")
    read = handed_over(shop.payment(first.id), shop.order_row(order_id), shop.clock.now())
    assert words(first.next_action) == words(again.next_action) == words(read)


def words(given):
    text = given.fields.get("order_string") or urlsplit(given.url).query
    told = dict(parse_qsl(text)) if text else dict(given.fields)
    return {name: value for name, value in told.items() if name not in OF_THE_MOMENT}


def other_address(shop, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://elsewhere.test")


def other_contract(shop, monkeypatch):
    for name in shop.fakes:
        document = settings.secret(f"payments/{name}")
        owner = {"wechat": "mchid", "alipay": "app_id", "unionpay": "mer_id"}[name]
        settings._injected[f"payments/{name}"] = document | {owner: document[owner][:-1] + "9"}


@pytest.mark.parametrize("change", [other_address, other_contract])
@pytest.mark.parametrize(("provider", "product"), sorted(METHODS))
def test_what_cannot_be_said_again_ends_the_attempt_and_another_is_opened(shop, monkeypatch, provider, product, change):
    order_id, fake = shop.order(), shop.fakes[provider]
    if (provider, product) in CALLED:
        fake.fault = "lost"
        with pytest.raises(PaymentProviderDown):
            shop.start(order_id, provider, product, key="once", payer=FIRST_PAYER)
    else:
        shop.start(order_id, provider, product, key="once", payer=FIRST_PAYER)
    before, fake.fault = (
        dict(settings._injected),
        "silent",
    )  # the fake knows one merchant, and cannot be asked as another
    change(shop, monkeypatch)
    (row,) = shop.payments()
    assert handed_over(row, shop.order_row(order_id), shop.clock.now()) is None
    again = shop.start(order_id, provider, product, key="once", payer=FIRST_PAYER)
    assert (again.id, again.state, again.next_action) == (row.id, "closed", None)

    settings.use_secrets(before)
    fake.fault = None
    calls.health.forget()
    second = shop.start(order_id, provider, product, key="twice", payer=FIRST_PAYER)
    assert [(row.id[-2:], row.state) for row in shop.payments()] == [("01", "closed"), ("02", "pending")]
    assert second.next_action is not None


def test_an_attempt_that_is_ended_for_other_words_is_closed_at_its_provider(shop, monkeypatch):
    first = shop.start(shop.order(), "wechat", "h5", key="once")
    other_address(shop, monkeypatch)
    moved_on(shop)
    shop.start(first.order_id, "wechat", "h5", key="once")
    assert shop.fakes["wechat"].book[first.id].state == "closed"


def test_an_attempt_that_turned_out_to_be_paid_is_not_ended_for_other_words(shop, monkeypatch):
    order_id = shop.order()
    first = shop.start(order_id, "wechat", "h5", key="once")
    shop.fakes["wechat"].pay(first.id)
    other_address(shop, monkeypatch)
    moved_on(shop)
    assert shop.start(order_id, "wechat", "h5", key="once").state == "paid"
    assert shop.order_row(order_id).state == "paid"


def test_when_the_sealed_words_cannot_be_opened_the_attempt_ends(shop):
    order_id = shop.order()
    shop.start(order_id, "wechat", "h5", key="once")
    forgetting = shop.work()
    forgetting.add(delete(Account, CUSTOMER, ACCOUNT))  # and the key with the account
    forgetting.commit()
    moved_on(shop)
    again = shop.start(order_id, "wechat", "h5", key="once")
    assert (again.state, again.next_action) == ("closed", None)


@pytest.mark.parametrize(("product", "secret"), [("h5", FIRST_PLACE), ("jsapi", FIRST_PAYER)])
@pytest.mark.parametrize("end", ["paid", "closed", "quarantined"])
def test_who_pays_and_from_where_is_sealed_and_goes_with_the_attempt_s_end(shop, product, secret, end):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat", product, payer=FIRST_PAYER)
    row = shop.payment(payment.id)
    assert secret in attempts.told(row, accounts.keys_of(row.customer))
    assert secret not in repr(row.serialize())
    if end == "closed":
        shop.cancel(order_id)
    else:
        shop.fakes["wechat"].pay(payment.id)
        wrong, right = shop.fakes["wechat"].wrong_amount, shop.fakes["wechat"].notice
        shop.notice("wechat", (wrong if end == "quarantined" else right)(payment.id))
    row = shop.payment(payment.id)
    assert (row.state, row.told, row.next_action) == (end, None, None)


@pytest.mark.parametrize(("provider", "product"), sorted(METHODS))
def test_only_what_a_product_asks_for_is_kept_of_a_person(shop, provider, product):
    payment = shop.start(
        shop.order(), provider, product, payer="o-payer-1" if "payer" in needs(provider, product) else None
    )
    told = attempts.told(shop.payment(payment.id), accounts.keys_of(CUSTOMER))
    assert (bool(told.payer), bool(told.client_ip)) == tuple(
        need in needs(provider, product) for need in ("payer", "client_ip")
    )
    assert (shop.payment(payment.id).told is None) == (not needs(provider, product))


def needs(provider, product):
    return METHODS[provider, product].needs


def test_without_a_contract_there_is_no_such_way_to_pay_and_nobody_who_could_tell_of_it(shop):
    order_id = shop.order()
    del settings._injected["payments/wechat"]
    with pytest.raises(PaymentMethodUnknown):
        shop.start(order_id, "wechat")
    assert shop.notice("wechat", RawNotify({}, b"{}")).status == 404
    assert (shop.payments(), orders.find(order_id).attempts or 0) == ([], 0)


def test_with_a_contract_that_may_not_be_used_nothing_is_opened(shop, monkeypatch):
    order_id = shop.order()
    settings._injected["payments/wechat"] = dict(settings.secret("payments/wechat"))
    monkeypatch.setenv("JISHI_STAGE", "prod")  # there nothing may go unencrypted, and the fake's address is plain
    with pytest.raises(PaymentProviderDown):
        shop.start(order_id, "wechat")
    assert shop.notice("wechat", RawNotify({}, b"{}")).status == 503
    assert (shop.payments(), orders.find(order_id).attempts or 0) == ([], 0)


@pytest.mark.parametrize(("seconds", "asked"), [(299, 1), (300, 2)])
def test_a_link_is_handed_over_to_the_second_it_lives_and_then_asked_for(shop, line, seconds, asked):
    order_id = shop.order()
    payment = shop.start(order_id, "wechat", "h5", key="once")
    shop.clock.advance(timedelta(seconds=seconds))
    read = handed_over(shop.payment(payment.id), shop.order_row(order_id), shop.clock.now())
    assert (read is None) == (asked == 2)
    assert shop.start(order_id, "wechat", "h5", key="once").next_action is not None
    assert len(line.heard) == asked


def test_reading_an_attempt_again_and_again_writes_nothing(shop, counted):
    order_id = shop.order()
    for provider in ("alipay", "wechat", "unionpay"):
        shop.start(order_id, provider, key=provider)
    counted.clear()
    for provider in ("alipay", "wechat", "unionpay"):
        shop.start(order_id, provider, key=provider)
    assert "TransactWriteItems" not in counted
