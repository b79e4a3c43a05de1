"""Forgeries that only a careful reader of one protocol would try, one by one."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, quote, urlencode

import pytest

from chalicelib.records.payments.providers.port import (
    Malformed,
    NoticeRefused,
    ProtocolViolation,
    RawNotify,
    SignatureInvalid,
)
from chalicelib.records.payments.providers.unionpay import signing as unionpay_sign
from tests.fakes.payments import NOW, FakeAlipay, FakeUnionPay, FakeWeChat
from tests.fakes.payments.common import certificate, fresh_key, pem_public, sign

from .test_contract import NUMBER, REFUND, Shop, ref


def form(pairs):
    return RawNotify({}, urlencode(pairs, quote_via=quote, safe="").encode())


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def test_wechat_s_own_signature_probe_is_refused():
    shop = Shop(FakeWeChat()).paid()
    notice = shop.fake.notice(NUMBER)
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(
            shop.fake.with_signature(notice, "WECHATPAY/SIGNTEST/" + shop.fake.signature_of(notice))
        )


@pytest.mark.parametrize(("seconds", "taken"), [(299, True), (-299, True), (300, False), (-300, False), (86400, False)])
def test_a_wechat_notice_counts_for_five_minutes_on_either_side(seconds, taken):
    shop = Shop(FakeWeChat()).paid()
    notice = shop.fake.notice(NUMBER, stamp=int(NOW.timestamp()) + seconds)
    if taken:
        assert shop.adapter.parse_notify(notice).payment.status == "PAID"
    else:
        with pytest.raises(SignatureInvalid):
            shop.adapter.parse_notify(notice)


def test_wechat_notices_under_the_old_certificate_and_the_new_key_both_count():
    shop = Shop(FakeWeChat()).paid()
    notice = shop.fake.notice(NUMBER)
    old = shop.fake.signed_headers(notice.body, shop.fake.old_platform, serial=shop.fake.old_serial)
    assert shop.adapter.parse_notify(RawNotify(old, notice.body)).payment.status == "PAID"
    crossed = shop.fake.signed_headers(notice.body, shop.fake.old_platform)
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(RawNotify(crossed, notice.body))


def test_header_names_are_read_in_any_case_and_another_scheme_is_refused():
    shop = Shop(FakeWeChat()).paid()
    notice = shop.fake.notice(NUMBER)
    shouted = {name.upper(): value for name, value in notice.headers.items()}
    assert shop.adapter.parse_notify(RawNotify(shouted, notice.body)).payment.number == NUMBER
    del shouted["WECHATPAY-SIGNATURE-TYPE"]
    assert shop.adapter.parse_notify(RawNotify(shouted, notice.body)).payment.number == NUMBER
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(RawNotify({**notice.headers, "Wechatpay-Signature-Type": "SM2"}, notice.body))


def test_a_line_break_may_not_move_text_from_the_body_into_the_nonce():
    shop = Shop(FakeWeChat()).paid()
    body = b"one\n" + shop.fake.notice(NUMBER).body
    headers = shop.fake.signed_headers(body)
    moved = {**headers, "Wechatpay-Nonce": headers["Wechatpay-Nonce"] + "\none"}
    with pytest.raises(NoticeRefused):
        shop.adapter.parse_notify(RawNotify(moved, body[4:]))


def test_a_signed_wechat_body_that_does_not_open_is_malformed():
    shop = Shop(FakeWeChat()).paid()
    told = json.loads(shop.fake.notice(NUMBER).body)
    for spoil in (
        {"associated_data": "other"},
        {"nonce": "bcdefghijklm"},
        {"algorithm": "NONE"},
        {"ciphertext": "AA=="},
    ):
        body = json.dumps({**told, "resource": {**told["resource"], **spoil}}).encode()
        with pytest.raises(Malformed):
            shop.adapter.parse_notify(RawNotify(shop.fake.signed_headers(body), body))


def test_an_answer_about_another_number_is_not_believed():
    shop = Shop(FakeWeChat()).paid()
    original = shop.fake.trade_told
    shop.fake.trade_told = lambda number: original(number, out_trade_no="O-ANOTHER")
    with pytest.raises(ProtocolViolation):
        shop.adapter.query(ref())


# ---- Alipay ---------------------------------------------------------------------------------------------------------
def test_alipay_s_second_mode_counts_too_but_not_a_mixture():
    shop = Shop(FakeAlipay()).paid()
    assert shop.adapter.parse_notify(shop.fake.notice(NUMBER, v2=True)).payment.status == "PAID"
    fields = dict(parse_qsl(shop.fake.notice(NUMBER).body.decode()))
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(form({**fields, "sign_type": "RSA"}))


def test_two_fields_may_not_be_glued_into_one_although_the_text_stays_the_same():
    """Glueing refund_fee to its neighbour would turn a refund into a payment under a true signature."""
    shop = Shop(FakeAlipay()).paid()
    shop.give_back()
    fields = dict(parse_qsl(shop.fake.refund_notice(NUMBER, REFUND).body.decode()))
    glued = dict(fields)
    glued["receipt_amount"] += "&refund_fee=" + glued.pop("refund_fee")
    glued["gmt_payment"] += "&gmt_refund=" + glued.pop("gmt_refund")
    with pytest.raises(Malformed):
        shop.adapter.parse_notify(form(glued))
    assert shop.adapter.parse_notify(form(fields)).kind == "REFUND"


def test_an_unsigned_blank_or_doubled_field_changes_nothing():
    shop = Shop(FakeAlipay()).paid()
    fields = dict(parse_qsl(shop.fake.notice(NUMBER).body.decode()))
    plain = shop.adapter.parse_notify(form(fields))
    assert shop.adapter.parse_notify(form({**fields, "gmt_refund": "", "zzz": ""})) == plain
    with pytest.raises(Malformed):
        shop.adapter.parse_notify(form([*fields.items(), ("total_amount", "0.01")]))


def test_an_alipay_answer_under_another_certificate_is_not_believed():
    shop = Shop(FakeAlipay("cert")).paid()
    shop.fake.own_cert = certificate("alipay", shop.fake.platform)
    with pytest.raises(ProtocolViolation):
        shop.adapter.query(ref())


@pytest.mark.parametrize("mode", ["key", "cert"])
def test_while_alipay_changes_its_key_the_old_and_the_new_one_count_and_no_third(mode):
    fake = FakeAlipay(mode)
    old, new = fake.platform, fresh_key("alipay next")
    certs = {old: fake.own_cert, new: certificate("alipay", new, "Alipay Root", fresh_key("alipay root"))}
    fake.config |= {"alipay_public_key": [pem_public(old), pem_public(new)], "alipay_cert": [certs[old], certs[new]]}
    shop = Shop(fake).paid()
    for key in (old, new):
        fake.platform, fake.own_cert = key, certs[key]
        assert shop.adapter.parse_notify(fake.notice(NUMBER)).payment.status == "PAID"
        assert shop.adapter.query(ref()).status == "PAID"
    stranger = fresh_key("stranger")
    fake.platform, fake.own_cert = stranger, certificate("alipay", stranger)
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(fake.notice(NUMBER))
    with pytest.raises(ProtocolViolation):
        shop.adapter.query(ref())


# ---- UnionPay -------------------------------------------------------------------------------------------------------
def test_anybody_s_own_certificate_does_not_make_him_unionpay():
    shop = Shop(FakeUnionPay()).paid()
    fake, stranger = shop.fake, fresh_key("stranger")
    fakes = {
        "self-signed": certificate("041@SIM@00040000:SIGN@00000001", stranger),
        "fake middle of the same name": certificate("041@SIM@00040000:SIGN@00000001", stranger, "UP OCA1", stranger),
        "under the root, not the middle": certificate(
            "041@SIM@00040000:SIGN@00000001", stranger, "UP ROOT", fresh_key("up root")
        ),
        "a merchant of the true chain": certificate("041@SIM@777:SIGN@1", stranger, "UP OCA1", fake.middle_key),
        "expired": certificate("041@SIM@00040000:SIGN@1", stranger, "UP OCA1", fake.middle_key, days=(-30, -1)),
        "not valid yet": certificate("041@SIM@00040000:SIGN@1", stranger, "UP OCA1", fake.middle_key, days=(1, 30)),
        "nothing": "",
        "noise": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    }
    for what, pem in fakes.items():
        with pytest.raises(SignatureInvalid):
            pytest.fail(what) if shop.adapter.parse_notify(fake.notice(NUMBER, key=stranger, cert=pem)) else None


def test_a_trusted_unionpay_certificate_ends_with_its_time():
    shop = Shop(FakeUnionPay()).paid()
    notice = shop.fake.notice(NUMBER)
    assert shop.adapter.parse_notify(notice).payment.status == "PAID"
    shop.clock.advance(timedelta(days=400))
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(notice)


def test_unionpay_s_older_scheme_and_glued_fields_are_refused():
    shop = Shop(FakeUnionPay()).paid()
    for over in ({"version": "5.0.0"}, {"signMethod": "11"}):
        with pytest.raises(SignatureInvalid):
            shop.adapter.parse_notify(shop.fake.notice(NUMBER, **over))
    fields = dict(parse_qsl(shop.fake.notice(NUMBER).body.decode()))
    fields["traceTime"] += "&txnAmt=" + fields.pop("txnAmt")
    with pytest.raises(Malformed):
        shop.adapter.parse_notify(form(fields))


def test_success_with_a_defect_waits_for_the_query():
    shop = Shop(FakeUnionPay()).paid()
    assert shop.adapter.parse_notify(shop.fake.notice(NUMBER, respCode="A6")).payment.status == "PENDING"
    assert shop.adapter.parse_notify(shop.fake.notice(NUMBER, txnType="31")).kind == "IGNORED"


def test_braces_keep_their_ampersands_in_an_answer():
    told = unionpay_sign.answer_fields("a=1&b={x=1&y=[2&3]}&c=[p&q]&d=e=f&blank=")
    assert told == {"a": "1", "b": "{x=1&y=[2&3]}", "c": "[p&q]", "d": "e=f"}
    with pytest.raises(Malformed):
        unionpay_sign.answer_fields("a=1&a=2")


def test_a_signature_over_the_text_instead_of_its_hash_is_refused():
    shop = Shop(FakeUnionPay()).paid()
    fields = dict(parse_qsl(shop.fake.notice(NUMBER).body.decode()))
    once = sign(shop.fake.platform, unionpay_sign.content(fields).encode())
    with pytest.raises(SignatureInvalid):
        shop.adapter.parse_notify(form({**fields, "signature": once}))
