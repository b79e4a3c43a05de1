"""One contract for all providers, played against each provider's fake: what the shop may rely on, whoever takes the money."""

import json
import random
from datetime import UTC, date, datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import pytest

from chalicelib.kernel.clock import ManualClock
from chalicelib.kernel.money import Fen
from chalicelib.records.payments.providers import ADAPTERS, METHODS, PROVIDERS, offered
from chalicelib.records.payments.providers.port import (
    AlreadyDone,
    AttemptRef,
    AttemptRequest,
    AuthConfig,
    Declined,
    GoodsLine,
    NoticeRefused,
    ProtocolViolation,
    RawNotify,
    RefundRef,
    RefundRequest,
    Sending,
    SignatureInvalid,
    Throttled,
    Unknown,
)
from chalicelib.records.payments.service.calls import UNUSABLE
from tests.fakes.payments import FAKES, NOW, FakeAlipay
from tests.support.reading import Reading

NUMBER = "O01JDMS0000000000000000000101"[:29]
REFUND = "R01JDMS000000000000000000A1"
FAKE_OF = {**FAKES, "alipay-cert": partial(FakeAlipay, "cert")}


class Shop:
    """An adapter with its clock, in front of its fake."""

    def __init__(self, fake):
        self.fake, self.clock = fake, ManualClock(NOW)
        self.adapter = ADAPTERS[fake.name](fake.config, fake, self.clock, fake.nonce)

    def request(self, product=None, number=NUMBER, amount=8880):
        return AttemptRequest(
            number=number,
            product=product or self.fake.method,
            amount=Fen(amount),
            subject="春季新品 T恤+帽子&a=b",
            created_at=NOW,
            expires_at=NOW + timedelta(minutes=30),
            notify_url="https://shop.test/v1/webhooks/x",
            return_url="https://shop.test/back?a=1&b=2",
            payer_ref="o-secret-payer",
            client_ip="203.0.113.7",
        )

    def opened(self, amount=8880):
        self.adapter.create(self.request(amount=amount))
        return self

    def paid(self, amount=8880):
        self.opened(amount)
        self.fake.pay(NUMBER)
        return self

    def give_back(self, amount=3000, refund=REFUND):
        return self.adapter.refund(
            RefundRequest(
                refund, ref("6"), Fen(amount), Fen(8880), "too small & = ", NOW, "https://shop.test/v1/webhooks/x"
            )
        )


def ref(provider_ref=""):
    return AttemptRef(NUMBER, NOW, NOW + timedelta(minutes=30), provider_ref)


@pytest.fixture(params=FAKE_OF)
def shop(request):
    return Shop(FAKE_OF[request.param]())


def test_every_provider_of_the_table_has_a_desk_that_plays_it():
    assert set(FAKES) == set(PROVIDERS)
    assert [one.name for one in PROVIDERS.values()] == list(PROVIDERS)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_manifest_names_the_fields_that_its_adapter_reads_and_no_other(name):
    fields, read = {field.name: field for field in PROVIDERS[name].credentials}, set()
    for fake in (made() for made in FAKE_OF.values()):
        if fake.name == name:
            document = Reading(fake.config)
            ADAPTERS[name](document, fake, ManualClock(NOW), fake.nonce)
            read |= document.names
            assert {field for field, told in fields.items() if told.needed} <= set(fake.config) <= set(fields)
    assert read == set(fields)


@pytest.mark.parametrize("name", PROVIDERS)
def test_without_a_needed_field_there_is_no_adapter(name):
    fake = FAKES[name]()
    for field in PROVIDERS[name].credentials:
        if field.needed:
            with pytest.raises(UNUSABLE):
                ADAPTERS[name]({k: v for k, v in fake.config.items() if k != field.name}, fake, None, fake.nonce)


# ---- opening --------------------------------------------------------------------------------------------------------
def test_every_product_of_the_table_hands_over_what_the_table_says(shop):
    rows = [row for row in METHODS.values() if row.provider == shop.fake.name]
    for at, row in enumerate(rows):
        result = shop.adapter.create(shop.request(row.name, f"{NUMBER[:-2]}{at:02d}"))
        assert result.next_action.kind == row.next_action
        assert bool(result.next_action.url) == (row.next_action in ("qr", "redirect", "form"))
        assert bool(result.next_action.fields) == (row.next_action in ("form", "client"))
        assert NOW < result.valid_until <= NOW + timedelta(minutes=30)


def test_a_front_s_next_action_is_signed_and_says_the_amount(shop):
    for row in METHODS.values():
        if row.provider == shop.fake.name and row.next_action in ("redirect", "form") and row.local:
            shop.fake.open_front(shop.adapter.create(shop.request(row.name)).next_action)
            assert shop.fake.book[NUMBER].amount == 8880


def test_opening_twice_with_one_number_opens_once(shop):
    shop.opened()
    try:
        shop.adapter.create(shop.request())
    except AlreadyDone:
        assert shop.fake.hands_over_once
    assert len(shop.fake.book) == 1


def test_an_attempt_is_asked_for_in_its_words_and_they_are_the_same_at_any_time(shop):
    sent, answered, shop.fake.now = [], shop.fake.request, shop.clock.now
    shop.fake.request = lambda method, url, headers, body: (sent.append(body), answered(method, url, headers, body))[1]
    for at, row in enumerate(row for row in METHODS.values() if row.provider == shop.fake.name):
        asked = shop.request(row.name, f"{NUMBER[:-2]}{at:02d}")
        words = shop.adapter.words(asked)
        shop.clock.advance(timedelta(minutes=2))
        given = shop.adapter.create(asked).next_action
        assert shop.adapter.words(asked) == words == told_of(given if row.local else sent[-1])
        for other in (  # nothing of a request is left out of them
            asked._replace(amount=Fen(1)), asked._replace(expires_at=NOW), asked._replace(notify_url="https://n.test"),
            asked._replace(number="O"), asked._replace(goods=(GoodsLine("S", "name", 1, Fen(1)),)),
            *([asked._replace(payer_ref="else")] if "payer" in row.needs else ()),
            *([asked._replace(client_ip="else")] if "client_ip" in row.needs else ()),
        ):  # fmt: skip
            assert shop.adapter.words(other) != words


def told_of(sent):
    """What was asked, without what belongs to the moment of asking and to the signature."""
    if isinstance(sent, bytes) and sent.startswith(b"{"):
        return json.loads(sent)
    if isinstance(sent, bytes):
        fields = dict(parse_qsl(sent.decode()))
    else:
        text = sent.fields.get("order_string") or urlsplit(sent.url).query
        fields = dict(parse_qsl(text)) if text else dict(sent.fields)
    momentary = {
        "sign",
        "timestamp",
        "signature",
        "certId",
        "encoding",
        "signMethod",
        "app_cert_sn",
        "alipay_root_cert_sn",
    }
    return {k: v for k, v in fields.items() if k not in momentary and (k, v) != ("version", "5.1.0")}


def test_every_terminal_is_offered_all_three_where_they_have_a_product():
    for terminal in ("pc", "h5", "app"):
        assert {row.provider for row in offered(terminal)} >= {"wechat", "alipay", "unionpay"}
    assert {row.name for row in offered("wechat")} == {"jsapi"}


# ---- asking ---------------------------------------------------------------------------------------------------------
def test_a_query_tells_unknown_open_and_paid_apart(shop):
    assert shop.adapter.query(ref()).status == "NOT_FOUND"
    shop.opened()
    assert shop.adapter.query(ref()).status == "PENDING"
    shop.fake.pay(NUMBER)
    told = shop.adapter.query(ref())
    assert (told.status, told.amount, told.number, told.mismatch) == ("PAID", 8880, NUMBER, "")
    assert told.paid_at == datetime(2026, 11, 23, 4, tzinfo=UTC)
    assert len(told.evidence) == 64


def test_a_payment_that_was_partly_given_back_still_counts_as_paid(shop):
    shop.paid().give_back()
    assert shop.adapter.query(ref()).status == "PAID"


def test_closing_says_whether_the_buyer_was_faster(shop):
    if not shop.fake.closes:
        assert shop.adapter.close(ref()) == "NOT_SUPPORTED"
        return
    assert shop.adapter.close(ref()) == "NOT_FOUND"
    shop.opened()
    assert shop.adapter.close(ref()) == "CLOSED"
    assert shop.adapter.query(ref()).status == "CLOSED"
    shop.fake.pay(NUMBER)
    assert shop.adapter.close(ref()) == "ALREADY_PAID"


def test_an_unpaid_unionpay_trade_fails_only_after_its_time():
    shop = Shop(FAKES["unionpay"]()).opened()
    original = shop.fake._work
    shop.fake._work = lambda asked: original(asked) | {"origRespCode": "77"}
    assert shop.adapter.query(ref()).status == "PENDING"
    shop.clock.advance(timedelta(minutes=31))
    assert shop.adapter.query(ref()).status == "FAILED"


# ---- giving back ----------------------------------------------------------------------------------------------------
def test_a_refund_sent_twice_gives_back_once(shop):
    shop.paid()
    first = shop.give_back()
    second = shop.give_back()
    assert first.number == second.number == REFUND
    assert {first.status, second.status} <= {"PROCESSING", "SUCCEEDED"}
    assert shop.fake.book[NUMBER].refunds == {REFUND: 3000}


def test_a_refund_query_knows_the_amount_and_says_unknown_before(shop):
    shop.paid()
    asked = RefundRef(REFUND, ref("6"), (Sending(NOW),))
    assert shop.adapter.query_refund(asked).status == "UNKNOWN"
    shop.give_back()
    told = shop.adapter.query_refund(asked)
    assert told.status in ("PROCESSING", "SUCCEEDED")
    assert told.amount == 3000


def test_a_refund_beyond_what_was_paid_is_declined(shop):
    shop.paid()
    with pytest.raises(Declined):
        shop.give_back(9000)
    assert shop.fake.book[NUMBER].refunds == {}


# ---- notices --------------------------------------------------------------------------------------------------------
def test_a_notice_and_a_query_tell_the_same(shop):
    shop.paid()
    told = shop.adapter.parse_notify(shop.fake.notice(NUMBER))
    asked = shop.adapter.query(ref())
    assert told.kind == "PAYMENT"
    assert told.refund is None
    for name in ("number", "status", "amount", "paid_at", "provider_ref", "mismatch"):
        assert getattr(told.payment, name) == getattr(asked, name), name


def test_a_refund_notice_is_never_read_as_a_payment(shop):
    shop.paid().give_back()
    told = shop.adapter.parse_notify(shop.fake.refund_notice(NUMBER, REFUND))
    assert (told.kind, told.payment) == ("REFUND", None)
    assert (told.refund.number, told.refund.status, told.refund.mismatch) == (REFUND, "SUCCEEDED", "")
    assert told.refund.amount in (3000, None)


def test_another_amount_merchant_or_currency_is_told_as_such(shop):
    shop.paid()
    assert shop.adapter.parse_notify(shop.fake.wrong_amount(NUMBER)).payment.amount == 1
    assert shop.adapter.parse_notify(shop.fake.wrong_merchant(NUMBER)).payment.mismatch == "merchant"
    assert shop.adapter.parse_notify(shop.fake.wrong_currency(NUMBER)).payment.mismatch == "currency"


def test_a_stranger_s_signature_is_refused(shop):
    shop.paid()
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(shop.fake.stranger(NUMBER))


def test_a_signature_text_that_is_not_canonical_is_refused(shop):
    """Padding bits, line breaks, blanks and a cut end stand for the same bytes; only one text may count."""
    shop.paid()
    notice = shop.fake.notice(NUMBER)
    text = shop.fake.signature_of(notice)
    assert text.endswith("==")  # 256 bytes
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    sibling = text[:-3] + alphabet[alphabet.index(text[-3]) | 5] + "=="
    for other in (sibling, text + "\n", " " + text, text[:-2], text[:40] + "\n" + text[40:], text + "=", ""):
        if other != text:
            with pytest.raises(NoticeRefused):
                shop.adapter.parse_notify(shop.fake.with_signature(notice, other))
    assert shop.adapter.parse_notify(notice).payment.status == "PAID"


def test_a_thousand_changed_notices_and_not_one_accepted(shop):
    shop.paid()
    notice, rng, changed = shop.fake.notice(NUMBER), random.Random(20261123), 0
    while changed < 1000:
        other = shop.fake.mutated(rng, notice)
        if (other.headers, other.body) == (notice.headers, notice.body):
            continue
        changed += 1
        with pytest.raises(NoticeRefused):
            shop.adapter.parse_notify(other)
    assert shop.adapter.parse_notify(notice).payment.status == "PAID"


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b"a=1&a=2", b"=&&=", b"x" * 100_000])
def test_noise_is_refused_without_a_crash(shop, body):
    with pytest.raises(NoticeRefused):
        shop.adapter.parse_notify(RawNotify({}, body))


def test_each_provider_is_answered_in_its_own_words(shop):
    taken, again = shop.adapter.ack(True), shop.adapter.ack(False)
    assert (taken.status, taken.body) == shop.fake.taken
    assert (again.status, again.body) == shop.fake.again
    assert again[:2] != taken[:2]


# ---- troubles -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("fault", ["unsigned", "forged"])
def test_an_answer_that_is_not_the_provider_s_is_never_believed(shop, fault):
    shop.paid()
    shop.fake.fault = fault
    with pytest.raises(ProtocolViolation):
        shop.adapter.query(ref())
    with pytest.raises(ProtocolViolation):
        shop.give_back()


@pytest.mark.parametrize("fault", ["lost", "silent"])
def test_silence_is_unknown_and_never_a_no(shop, fault):
    shop.paid()
    shop.fake.fault = fault
    with pytest.raises(Unknown):
        shop.give_back()
    shop.fake.fault = None
    shop.give_back()
    assert shop.fake.book[NUMBER].refunds == {REFUND: 3000}


TROUBLES = [
    ("wechat", "code:401:SIGN_ERROR", AuthConfig),
    ("wechat", "code:429:FREQUENCY_LIMITED", Throttled),
    ("wechat", "code:500:SYSTEM_ERROR", Unknown),
    ("wechat", "code:403:NOT_ENOUGH", Declined),
    ("wechat", "code:400:ORDERPAID", AlreadyDone),
    ("wechat", "code:502:", Unknown),
    ("alipay", "code:20000:isp.unknow-error", Unknown),
    ("alipay", "code:40004:ACQ.SYSTEM_ERROR", Unknown),
    ("alipay", "code:40002:isv.invalid-signature", AuthConfig),
    ("alipay", "code:40004:aop.down", Unknown),
    ("alipay", "code:40004:ACQ.SELLER_BALANCE_NOT_ENOUGH", Declined),
    ("unionpay", "code:05", Unknown),
    ("unionpay", "code:9100004", AuthConfig),
    ("unionpay", "code:61", Declined),
]


@pytest.mark.parametrize(("name", "fault", "kind"), TROUBLES)
def test_a_provider_s_code_has_one_meaning_for_us(name, fault, kind):
    shop = Shop(FAKES[name]())
    shop.fake.fault = fault
    with pytest.raises(kind) as caught:
        shop.adapter.create(shop.request())
    assert type(caught.value) is kind


def test_nothing_printed_or_raised_shows_a_key_or_a_person(shop):
    shop.paid()
    texts = [
        repr(shop.adapter),
        repr(vars(shop.adapter)),
        repr(shop.request()),
        repr(shop.fake.notice(NUMBER)),
        *(
            repr(shop.adapter.create(shop.request(row.name)).next_action)
            for row in METHODS.values()
            if row.provider == shop.fake.name and row.local
        ),
    ]
    for fault in ("unsigned", "silent"):
        shop.fake.fault = fault
        with pytest.raises(Unknown) as caught:
            shop.adapter.query(ref())
        texts.append(f"{caught.value!r} {caught.value.__context__!r}")
    for secret in (
        "PRIVATE KEY",
        shop.fake.config["private_key"][40:80],
        "o-secret-payer",
        "203.0.113.7",
        "0123456789abcdef0123456789ABCDEF",
    ):
        assert not [text for text in texts if secret in text]


# ---- bills ----------------------------------------------------------------------------------------------------------
def test_a_bill_becomes_rows_in_fen(shop):
    shop.paid().give_back()
    rows = list(shop.adapter.fetch_bill(date(2026, 11, 22)))
    assert [(row.kind, row.amount) for row in rows] == [("PAY", 8880), ("REFUND", 3000)]
    assert rows[0].number == NUMBER
    assert rows[1].refund_number == REFUND
    assert rows[0].at == datetime(2026, 11, 22, 4, 0, 1 if shop.fake.name == "alipay" else 0, tzinfo=UTC)
