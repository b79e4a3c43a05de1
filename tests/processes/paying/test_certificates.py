"""Providers change the certificates that they sign with while the shop runs: fetched, stored, remembered, looked for."""

import json
from datetime import timedelta

import pytest

from chalicelib.kernel.errors import Overloaded
from chalicelib.processes.paying.service.complete_payment import poll
from chalicelib.records.payments.consumers import renew_certificates
from chalicelib.records.payments.model import ProviderKey
from chalicelib.records.payments.providers.port import RawNotify, SignatureInvalid, SignerCertificate, Unknown
from chalicelib.records.payments.rules import PaymentProviderDown
from chalicelib.records.payments.service import calls, certificates, keyring
from chalicelib.runtime import settings, table
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import Work
from simulator.book import Notice

BOTH = pytest.mark.parametrize(("provider", "product"), [("wechat", "native"), ("alipay", "qr")])


@pytest.fixture
def modes():
    return {"wechat_mode": "certificate", "alipay_mode": "cert"}


def stored(provider):
    return {row.serial: row.pem for row in keyring.stored(provider)}


def packed(street, payment):
    """The provider's notice of a payment, signed now."""
    (notice,) = street.sim.till.book.find(Notice, provider=payment.provider, number=payment.id)
    headers, body = street.sim.till.providers[payment.provider].pack(notice, set())
    return RawNotify(headers, body)


def told(payment, notice):
    return calls.provider(payment.provider).parse_notify(notice).payment.status


# ---- the shop runs on -----------------------------------------------------------------------------------------------
@BOTH
def test_payments_go_on_while_a_provider_changes_its_certificate(street, provider, product):
    shop = street.shop
    before = street.start(shop.order(quantity=1), provider, product)
    street.sim.rotate(provider)
    order_id = shop.order(quantity=1)
    with pytest.raises(PaymentProviderDown):  # its answer is signed with what nobody here has
        street.start(order_id, provider, product, key="once")
    assert len(stored(provider)) == 1
    shop.bus.run()
    assert len(stored(provider)) == 2
    payment = street.start(order_id, provider, product, key="once")
    for one in (before, payment):
        street.pay(one)
    assert {notice["state"] for notice in street.tell()} == {"accepted"}
    assert {shop.order_row(one.order_id).state for one in (before, payment)} == {"paid"}


@BOTH
def test_a_provider_that_signs_anew_is_not_left_in_peace_as_if_it_were_silent(street, provider, product):
    shop = street.shop
    street.sim.rotate(provider)
    for at in range(4):
        with pytest.raises(PaymentProviderDown):
            street.start(shop.order(quantity=1), provider, product, key=f"{at}")
    assert {up for row, up in calls.methods("pc") if row.provider == provider} == {True}
    assert shop.facts("certificate.wanted") == 1  # in one minute, however many met it
    assert street.start(shop.order(quantity=1), provider, product).next_action is not None


def test_wechat_s_next_certificate_is_there_before_it_signs(street):
    shop = street.shop
    street.sim.rotate("wechat", after=86400)
    renew_certificates({})
    shop.clock.advance(timedelta(days=1))
    payment = street.start(shop.order(), "wechat", "native")
    street.pay(payment)
    assert {notice["state"] for notice in street.tell()} == {"accepted"}
    assert shop.facts("certificate.wanted") == 0


@BOTH
def test_the_old_and_the_new_count_while_they_change_and_the_old_until_its_end(street, provider, product):
    shop, sim = street.shop, street.sim
    sim.rotate(provider, days=2)
    renew_certificates({})
    payment = street.start(shop.order(), provider, product)
    street.pay(payment)
    by_old = packed(street, payment)
    sim.rotate(provider)
    renew_certificates({})
    by_new = packed(street, payment)
    assert (told(payment, by_old), told(payment, by_new)) == ("PAID", "PAID")
    if provider == "alipay":  # WeChat's notices have an hour of their own
        shop.clock.advance(timedelta(days=2, seconds=1))
        with pytest.raises(SignatureInvalid):
            told(payment, by_old)
        assert told(payment, by_new) == "PAID"


@BOTH
def test_on_the_ordinary_path_a_notice_is_verified_without_a_read(street, provider, product, counted):
    shop = street.shop
    first, second = (street.start(shop.order(quantity=1), provider, product) for _ in range(2))
    for payment in (first, second):
        street.pay(payment)
        notice = packed(street, payment)
        counted.clear()
        shop.notice(provider, notice)
    assert counted == ["TransactWriteItems"]


@BOTH
def test_a_query_that_meets_a_new_certificate_has_it_fetched(street, provider, product):
    shop = street.shop
    payment = street.start(shop.order(), provider, product)
    street.browse(payment.next_action)
    street.web.request("GET", payment.next_action.url)  # scanned, so that Alipay knows it
    street.sim.rotate(provider)
    assert poll(shop.payment(payment.id), shop.work()) == "unreachable"
    assert len(stored(provider)) == 1
    shop.bus.run()
    assert len(stored(provider)) == 2
    assert poll(shop.payment(payment.id), shop.work()) == "nothing"


def test_a_shop_with_wechat_s_public_key_stores_nothing(shop):
    renew_certificates({})
    assert (stored("wechat"), stored("alipay"), stored("unionpay")) == ({}, {}, {})


# ---- what a process remembers ---------------------------------------------------------------------------------------
def put(serial, begins, ends, provider="wechat"):
    row = ProviderKey(provider, serial, pem=f"PEM {serial}", begins=begins, ends=ends, at=begins)
    work = Work(ANYONE, "test")
    work.add(table.put(row))
    work.commit()


@pytest.fixture
def year(engine):
    """The dates of a certificate that counts now."""
    return engine.now() - timedelta(days=1), engine.now() + timedelta(days=365)


def test_a_stored_certificate_is_found_and_remembered_for_five_minutes(engine, year, counted):
    put("5A", *year)
    ring = keyring.Ring("wechat")
    counted.clear()
    for seconds, reads in ((0, 1), (299, 1), (1, 2), (299, 2)):
        engine.advance(timedelta(seconds=seconds))
        assert (ring.find("5A"), ring.held()) == ("PEM 5A", ["PEM 5A"])
        assert counted == ["Query"] * reads


def test_made_up_serials_cost_one_read_in_twenty_seconds(engine, year, counted):
    put("5A", *year)
    ring = keyring.Ring("wechat")
    ring.held()
    counted.clear()
    for seconds, reads in ((0, 1), (19, 1), (1, 2), (19, 2), (1, 3)):
        engine.advance(timedelta(seconds=seconds))
        assert {ring.find(f"{n:X}") for n in range(50)} == {None}
        assert ring.newer() == []
        assert counted == ["Query"] * reads


def test_a_certificate_counts_as_soon_as_it_is_stored(engine, year):
    ring = keyring.Ring("alipay")
    assert (ring.find("5A"), ring.held()) == (None, [])
    put("5A", *year, provider="alipay")
    assert ring.newer() == ["PEM 5A"]  # at once
    assert ring.newer() == []
    put("5B", *year, provider="alipay")
    assert ring.find("5B") is None  # one has just looked
    engine.advance(timedelta(seconds=20))
    assert ring.find("5B") == "PEM 5B"
    put("5C", *year, provider="alipay")
    other = keyring.Ring("alipay")
    assert other.find("5C") == "PEM 5C"
    assert keyring.Ring("wechat").find("5A") is None


def test_outside_its_dates_a_stored_certificate_counts_for_nothing(engine):
    now = engine.now()
    put("5A", now, now + timedelta(seconds=60))
    ring = keyring.Ring("wechat")
    for seconds, counts in ((-1, False), (0, True), (60, True), (61, False)):
        engine.at = now + timedelta(seconds=seconds)
        ring = keyring.Ring("wechat")
        expected = ["PEM 5A"] if counts else []
        assert (ring.find("5A"), ring.held()) == (expected[0] if counts else None, expected)
        assert keyring.Ring("wechat").newer() == expected


def test_while_the_table_does_not_answer_what_is_remembered_goes_on_counting(engine, year):
    put("5A", *year)
    asked, down = [], False

    def read(provider):
        asked.append(provider)
        if down:
            raise Overloaded
        return keyring.stored(provider)

    ring = keyring.Ring("wechat", read)
    assert ring.find("5A")
    down = True
    engine.advance(timedelta(minutes=5))
    for _ in range(3):
        assert (ring.find("5A"), ring.find("5B")) == ("PEM 5A", None)
    assert len(asked) == 3  # one too old, one for the unknown
    with pytest.raises(Overloaded):  # nobody can say; the provider repeats its notice
        keyring.Ring("wechat", read).find("5A")


# ---- fetching -------------------------------------------------------------------------------------------------------
class Fake:
    """A provider that answers `found`, or raises it; the certificates of its contract end at `own`."""

    name = "wechat"

    def __init__(self, found, own=()):
        self.found, self.own = found, own

    def certificates(self):
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def own_ends(self):
        return self.own


@pytest.fixture
def counts(capsys):
    """What was counted since one last asked, as (metric, provider)."""

    def since():
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
        return [(line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], line["provider"]) for line in lines]

    return since


@pytest.fixture
def fetch(engine):
    """Fetch once, from a provider that answers so."""
    return lambda found, own=(): certificates.keep(Fake(found, own), Work(ANYONE, "test"))


def test_what_is_fetched_is_stored_beside_what_is_there_and_changes_nothing(engine, fetch, year, counts):
    begins, ends = year
    one, two = (SignerCertificate(serial, f"PEM {serial}", begins, ends) for serial in ("5A", "5B"))
    assert fetch([one])
    assert fetch([one._replace(pem="another"), two])
    assert not fetch([])
    assert stored("wechat") == {"5A": "PEM 5A", "5B": "PEM 5B"}
    (row, _) = keyring.stored("wechat")
    assert (row.begins, row.ends, row.at) == (begins, ends, engine.now())
    assert counts() == []


def test_one_that_has_ended_is_not_stored(engine, fetch, year):
    begins, _ = year
    fetch([SignerCertificate("5A", "PEM", begins, engine.now()), SignerCertificate("5B", "PEM", begins, year[1])])
    assert set(stored("wechat")) == {"5B"}


def test_a_fetch_that_fails_is_counted_and_keeps_what_is_stored(fetch, year, counts):
    put("5A", *year)
    fetch(Unknown("no_answer"))
    assert (set(stored("wechat")), counts()) == ({"5A"}, [("CertificateNotFetched", "wechat")])
    fetch(None)
    assert counts() == []


@pytest.mark.parametrize(("last", "own", "rings"), [
    (7, [], False), (6.99, [], True), (None, [], True), (365, [7], False), (365, [6.99], True), (365, [365, 6.99], True),
    (6.99, [365], True),
])  # fmt: skip
def test_a_week_before_the_last_one_ends_without_a_successor_somebody_is_called(
    engine, fetch, counts, last, own, rings
):
    def ends(days):
        return engine.now() + timedelta(days=days)

    put("5A", ends(-400), ends(-1))
    found = [] if last is None else [SignerCertificate("5B", "PEM", ends(-1), ends(last))]
    fetch(found, [ends(one) for one in own])
    assert counts() == ([("CertificateEnding", "wechat")] if rings else [])


def test_where_keys_are_given_by_hand_only_the_contract_s_own_certificates_are_watched(engine, fetch, counts):
    fetch(None, [engine.now() + timedelta(days=8)])
    fetch(None)
    assert counts() == []
    fetch(None, [engine.now() + timedelta(days=6)])
    assert counts() == [("CertificateEnding", "wechat")]


def test_one_provider_s_trouble_keeps_nothing_from_the_others(street, counts):
    street.sim.faults(provider="wechat", down=True)
    street.sim.rotate("alipay")
    renew_certificates({})
    assert counts() == [("CertificateNotFetched", "wechat")]
    assert len(stored("alipay")) == 2


def test_a_shop_without_contracts_fetches_nothing(engine, counts):
    settings.use_secrets({})
    renew_certificates({})
    settings.use_secrets(None)
    assert counts() == []


def test_a_wanted_certificate_is_asked_for_once_a_minute_and_again_in_the_next(engine, bus):
    for _ in range(3):
        keyring.want("wechat", "5A")
        keyring.want("wechat", "5B")  # another one is another matter
        keyring.want("alipay", "5A")
    assert bus.run().count("certificate.wanted") == 3
    engine.advance(timedelta(minutes=1))
    keyring.want("wechat", "5A")
    assert bus.run().count("certificate.wanted") == 1
