"""Signatures to the letter: each way to be refused by its words, and the habits of the wire by example."""

from __future__ import annotations

import base64
from datetime import timedelta
from hashlib import md5, sha256
from urllib.parse import quote, urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.records.payments.providers.alipay import signing as alipay_sign
from chalicelib.records.payments.providers.port import Malformed, SignatureInvalid, SignerUnknown
from chalicelib.records.payments.providers.unionpay import signing as unionpay_sign
from chalicelib.records.payments.providers.wechat import signing as wechat_sign
from tests.fakes.payments import NOW
from tests.fakes.payments.common import certificate, fresh_key, pem_private, pem_public, sign

KEY = fresh_key("exactly")
PUBLIC = pem_public(KEY)
API_KEY = "k" * 32
SHUT = "the sealed resource does not open"


def refused(call, kind, words):
    with pytest.raises(kind) as told:
        call()
    assert type(told.value) is kind
    assert str(told.value) == words


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def wechat_headers(body=b"{}", *, stamp=None, nonce="n0nce", serial="S1", **over):
    stamp = str(int(NOW.timestamp())) if stamp is None else stamp
    headers = {
        "wechatpay-timestamp": stamp, "wechatpay-nonce": nonce, "wechatpay-serial": serial,
        "wechatpay-signature": sign(KEY, f"{stamp}\n{nonce}\n".encode() + body + b"\n"), **over,
    }  # fmt: skip
    return {name: value for name, value in headers.items() if value is not None}


def wechat_check(headers, body=b"{}"):
    wechat_sign.check({"S1": PUBLIC}, headers, body, NOW)


def test_what_wechat_signed_within_five_minutes_counts():
    for seconds in (0, 299, -299):
        wechat_check(wechat_headers(stamp=str(int(NOW.timestamp()) + seconds)))
    wechat_check(wechat_headers(**{"wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048"}))
    wechat_check(wechat_headers(b"", nonce="n"), b"")
    wechat_check(wechat_headers(nonce="a b~"))


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"}, "another signature scheme"),
        ({"wechatpay-timestamp": None}, "no timestamp"), ({"stamp": ""}, "no timestamp"), ({"stamp": "12a"}, "no timestamp"),
        ({"stamp": "-5"}, "no timestamp"), ({"stamp": "1" * 13}, "no timestamp"), ({"stamp": "٣"}, "no timestamp"),
        ({"stamp": "²"}, "no timestamp"), ({"wechatpay-timestamp": "aé"}, "no timestamp"),
        ({"wechatpay-nonce": None}, "no nonce"), ({"nonce": ""}, "no nonce"), ({"nonce": "a\nb"}, "no nonce"),
        ({"nonce": "é"}, "no nonce"), ({"nonce": "a\x7f"}, "no nonce"),
        ({"stamp": "1" * 12}, "outside the window"), ({"stamp": "0"}, "outside the window"),
        ({"stamp": str(int(NOW.timestamp()) + 300)}, "outside the window"),
        ({"stamp": str(int(NOW.timestamp()) - 300)}, "outside the window"),
        ({"wechatpay-serial": None}, "unknown serial"), ({"serial": "S2"}, "unknown serial"), ({"serial": ""}, "unknown serial"),
        ({"wechatpay-signature": None}, "another signature"), ({"wechatpay-signature": "AAAA"}, "another signature"),
        ({"wechatpay-nonce": "other"}, "another signature"),
    ],
)  # fmt: skip
def test_each_way_in_which_a_wechat_message_is_not_wechat_s(over, words):
    kind = SignerUnknown if words == "unknown serial" else SignatureInvalid
    refused(lambda: wechat_check(wechat_headers(**over)), kind, words)
    refused(lambda: wechat_check(wechat_headers(), b"{ }"), SignatureInvalid, "another signature")


def sealed(content=b'{"a":1}', aad="x", **over):
    told = AESGCM(API_KEY.encode()).encrypt(b"abcdefghijkl", content, aad.encode())
    made = {
        "algorithm": "AEAD_AES_256_GCM", "nonce": "abcdefghijkl", "associated_data": aad,
        "ciphertext": base64.b64encode(told).decode(),
        **over,
    }  # fmt: skip
    return {name: value for name, value in made.items() if value != "absent"}


def test_a_sealed_resource_opens_with_and_without_what_may_be_left_out():
    assert wechat_sign.unseal(API_KEY, sealed()) == b'{"a":1}'
    assert wechat_sign.unseal(API_KEY, sealed(algorithm="absent")) == b'{"a":1}'
    for nothing in ("absent", None, ""):
        assert wechat_sign.unseal(API_KEY, sealed(aad="", associated_data=nothing)) == b'{"a":1}'


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"algorithm": "AEAD_AES_128_GCM"}, "not a sealed resource"), ({"ciphertext": "absent"}, "not a sealed resource"),
        ({"ciphertext": ""}, "not a sealed resource"), ({"ciphertext": "AB=="}, "not a sealed resource"),
        ({"ciphertext": None}, SHUT), ({"ciphertext": "XXXX"}, SHUT),
        ({"ciphertext": "AAAA"}, SHUT), ({"nonce": "bcdefghijklm"}, SHUT),
        ({"nonce": "absent"}, SHUT), ({"nonce": "short"}, SHUT),
        ({"associated_data": "y"}, SHUT),
    ],
)  # fmt: skip
def test_each_way_in_which_a_resource_does_not_open(over, words):
    refused(lambda: wechat_sign.unseal(API_KEY, sealed(**over)), Malformed, words)


def test_a_notice_without_a_resource_is_malformed():
    assert wechat_sign.opened_resource(API_KEY, {"resource": sealed()}) == {"a": 1}
    for notice in ({}, {"resource": None}, {"resource": "x"}, {"resource": []}):
        refused(lambda notice=notice: wechat_sign.opened_resource(API_KEY, notice), Malformed, "no resource")
    refused(lambda: wechat_sign.opened_resource(API_KEY, {"resource": sealed(b"[]")}), Malformed, "not an object")


@pytest.mark.parametrize("told", [
    {}, {"data": None}, {"data": [None]}, {"data": [{"serial_no": "1"}]},
    {"data": [{"serial_no": "1", "encrypt_certificate": sealed(b"no certificate")}]},
])  # fmt: skip
def test_what_is_no_list_of_certificates_is_malformed(told):
    refused(lambda: wechat_sign.opened_certificates(API_KEY, told), Malformed, "not a list of certificates")


def test_wechat_s_texts_are_worded_line_by_line():
    assert wechat_sign.request_message("GET", "/v3/x?a=b", "1", "n", b"") == b"GET\n/v3/x?a=b\n1\nn\n\n"
    assert wechat_sign.answer_message("1", "n", b"{}") == b"1\nn\n{}\n"
    assert wechat_sign.jsapi_message("wx1", "1", "n", "p") == "wx1\n1\nn\nprepay_id=p\n"
    assert wechat_sign.app_message("wx1", "1", "n", "p") == "wx1\n1\nn\np\n"
    assert wechat_sign.authorization("M", "S", pem_private(KEY), b"m", "1", "n") == (
        f'WECHATPAY2-SHA256-RSA2048 mchid="M",nonce_str="n",timestamp="1",serial_no="S",signature="{sign(KEY, b"m")}"'
    )


# ---- Alipay ---------------------------------------------------------------------------------------------------------
def form(told, encoding="utf-8"):
    return urlencode(told, quote_via=quote, safe="", encoding=encoding).encode()


def alipay_notice(told=None, *, skip=("sign_type",), encoding="utf-8", **over):
    told = {"out_trade_no": "n1", "subject": "杯子", "charset": encoding, "sign_type": "RSA2", **(told or {})}
    told = {name: value for name, value in told.items() if value is not None}
    text = "&".join(f"{k}={told[k]}" for k in sorted(told) if k not in skip and told[k])
    return form({**told, "sign": sign(KEY, text.encode(encoding)), **over}, encoding), text


def test_an_alipay_notice_counts_in_both_modes_and_in_its_own_charset():
    for said, encoding in (("utf-8", "utf-8"), ("gbk", "gbk"), (None, "utf-8"), ("", "utf-8"), ("UTF-8", "utf-8"),
                           ("GBK", "gbk"), ("gb2312", "gbk")):  # fmt: skip
        told = {"charset": said}
        for skip in ((), ("sign_type",)):
            raw, text = alipay_notice(told, skip=skip, encoding=encoding)
            fields, signed = alipay_sign.read_notice([PUBLIC], raw)
            assert signed == text
            assert (fields["subject"], fields["out_trade_no"]) == ("杯子", "n1")
            assert "" not in fields.values()


@pytest.mark.parametrize(
    ("over", "kind", "words"),
    [
        ({"sign_type": "RSA"}, SignatureInvalid, "another signature scheme"),
        ({"sign_type": ""}, SignatureInvalid, "another signature scheme"),
        ({"sign": ""}, SignatureInvalid, "another signature"), ({"sign": "AAAA"}, SignatureInvalid, "another signature"),
        ({"out_trade_no": "n2"}, SignatureInvalid, "another signature"), ({"more": "1"}, SignatureInvalid, "another signature"),
        ({"charset": "utf-7"}, Malformed, "not a form"), ({"charset": "latin-1"}, Malformed, "not a form"),
    ],
)  # fmt: skip
def test_each_way_in_which_a_notice_is_not_alipay_s(over, kind, words):
    refused(lambda: alipay_sign.read_notice([PUBLIC], alipay_notice(**over)[0]), kind, words)


def test_a_notice_without_a_signature_or_scheme_is_no_notice():
    whole = alipay_notice()[0].decode().split("&")
    for name, words in (("sign=", "another signature"), ("sign_type=", "another signature scheme")):
        raw = "&".join(field for field in whole if not field.startswith(name)).encode()
        refused(lambda raw=raw: alipay_sign.read_notice([PUBLIC], raw), SignatureInvalid, words)


def test_a_value_that_looks_like_fields_is_malformed_although_it_is_signed():
    raw, _ = alipay_notice({"memo": "a&refund_fee=1"})
    refused(lambda: alipay_sign.read_notice([PUBLIC], raw), Malformed, "a value that looks like fields")
    for harmless in ("a&b", "a=b", "x&1=2", "&", "a&=b"):
        raw, _ = alipay_notice({"memo": harmless})
        assert alipay_sign.read_notice([PUBLIC], raw)[0]["memo"] == harmless


@pytest.mark.parametrize("raw", [b"a", b"a=1&b", b"a=1&&b=2", b"a=%ff", "a=é".encode(), b"\xff=1"])
def test_what_is_not_a_form_is_malformed(raw):
    refused(lambda: alipay_sign.read_notice([PUBLIC], raw), Malformed, "not a form")
    refused(lambda: unionpay_sign.notice_fields(raw), Malformed, "not a form")


@pytest.mark.parametrize("raw", [b"a=1&a=1", b"a=&a=1", b"a=1&a=", b"a=1&%61=2"])
def test_a_field_given_twice_is_malformed_also_when_one_is_blank(raw):
    refused(lambda: alipay_sign.read_notice([PUBLIC], raw), Malformed, "a field given twice")
    refused(lambda: unionpay_sign.notice_fields(raw), Malformed, "a field given twice")


def test_the_signed_text_of_an_answer_is_its_very_substring():
    read = alipay_sign.read_answer
    inner = '{ "code":"10000", "msg":"a\\u0041 \n }{", "x":[1,{}] }'
    assert read(f'{{"q_response": {inner} ,"sign":"S","n":1,"alipay_cert_sn" : "C"}}', "q_response") == (
        inner,
        {"code": "10000", "msg": "aA \n }{", "x": [1, {}]},
        {"sign": "S", "alipay_cert_sn": "C"},
    )
    assert read(' { "sign":"S","q_response":{"a":1}} ', "q_response") == ('{"a":1}', {"a": 1}, {"sign": "S"})


def test_an_error_beside_the_answer_never_takes_its_place():
    read = alipay_sign.read_answer
    assert read('{"error_response":{"code":"1"},"sign":"S"}', "q_response") == ("", {"code": "1"}, {"sign": "S"})
    assert read('{"q_response":{"a":1},"error_response":{"code":"1"}}', "q_response") == ('{"a":1}', {"a": 1}, {})
    assert read('{"error_response":{"code":"1"},"q_response":{"a":1}}', "q_response") == ('{"a":1}', {"a": 1}, {})
    assert read('{"q_response":{"a":1},"other":{"b":1},"more":"m"}', "q_response") == (
        '{"a":1}',
        {"a": 1},
        {"more": "m"},
    )


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "{}", '{"a"}', '{"a":1', '{"a":1;"b":2}', '{"other":{}}', '{"q_response":[]}', '{"q_response":"x"}',
     '{"error_response":"x"}', '{1:{}}', '{"q_response":{}', '{"q_response" {}}', '{"q_response":{} "b":1}'],
)  # fmt: skip
def test_what_is_not_an_answer_is_malformed(text):
    refused(lambda: alipay_sign.read_answer(text, "q_response"), Malformed, "not an answer")


def test_a_certificate_s_name_is_the_md5_of_its_issuer_turned_round_and_its_serial():
    pem = certificate("alipay", KEY, "Alipay Root", fresh_key("root"))
    serial = x509.load_pem_x509_certificate(pem.encode()).serial_number
    wanted = md5(f"CN=Alipay Root,O=Test Fake,C=CN{serial}".encode(), usedforsecurity=False).hexdigest()
    assert alipay_sign.certificate_sn(pem) == wanted
    noise = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    assert alipay_sign.root_sn(noise + pem + certificate("two", KEY)).split("_")[0] == wanted
    assert len(alipay_sign.root_sn(pem + certificate("two", KEY)).split("_")) == 2


def test_what_is_signed_leaves_out_blanks_and_the_signature_and_goes_by_ascii():
    told = {"b": "2", "a": "1", "B": "x=y", "sign": "s", "empty": ""}
    assert alipay_sign.content(told) == "B=x=y&a=1&b=2"
    assert alipay_sign.content({**told, "sign_type": "RSA2"}, ("sign", "sign_type")) == "B=x=y&a=1&b=2"
    assert unionpay_sign.content({"b": "2", "a": "1", "B": "x=y", "signature": "s", "empty": ""}) == "B=x=y&a=1&b=2"


# ---- UnionPay -------------------------------------------------------------------------------------------------------
ROOT, MIDDLE = fresh_key("exact root"), fresh_key("exact middle")
OWNER = "00040000:SIGN"
ROOT_CERT, MIDDLE_CERT = certificate("ROOT", ROOT), certificate("MIDDLE", MIDDLE, "ROOT", ROOT)


def leaf(name=f"041@SIM@{OWNER}@0001", key=KEY, **more):
    return certificate(name, key, "MIDDLE", MIDDLE, **more)


LEAF = leaf()


def trust(owner=OWNER, middle=MIDDLE_CERT, root=ROOT_CERT):
    return unionpay_sign.Trust(middle, root, owner)


def unionpay_fields(key=KEY, cert=LEAF, **over):
    told = {
        "version": "5.1.0",
        "signMethod": "01",
        "orderId": "n1",
        "txnAmt": "100",
        "signPubKeyCert": cert,
        "blank": "",
    }
    told |= over
    text = "&".join(f"{k}={told[k]}" for k in sorted(told) if k != "signature" and told[k])
    return {"signature": sign(key, sha256(text.encode()).hexdigest().encode()), **told}, text


def test_what_unionpay_signed_counts_and_its_text_is_told():
    fields, text = unionpay_fields()
    assert unionpay_sign.check(fields, trust(), NOW) == text


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"version": "5.0.0"}, "another signature scheme"), ({"version": ""}, "another signature scheme"),
        ({"signMethod": "11"}, "another signature scheme"), ({"signMethod": ""}, "another signature scheme"),
        ({"cert": ""}, "not UnionPay's certificate"), ({"cert": certificate("x", KEY)}, "not UnionPay's certificate"),
        ({"cert": "XXXX"}, "not UnionPay's certificate"), ({"signature": ""}, "another signature"),
        ({"signature": "AAAA"}, "another signature"), ({"key": fresh_key("stranger")}, "another signature"),
    ],
)  # fmt: skip
def test_each_way_in_which_a_message_is_not_unionpay_s(over, words):
    fields, _ = unionpay_fields(**over)
    refused(lambda: unionpay_sign.check(fields, trust(), NOW), SignatureInvalid, words)


def test_a_message_without_its_certificate_or_signature_is_refused():
    for name, words in (("signPubKeyCert", "not UnionPay's certificate"), ("signature", "another signature"),
                        ("version", "another signature scheme"), ("signMethod", "another signature scheme")):  # fmt: skip
        fields, _ = unionpay_fields()
        del fields[name]
        refused(lambda fields=fields: unionpay_sign.check(fields, trust(), NOW), SignatureInvalid, words)
    fields, _ = unionpay_fields()
    refused(lambda: unionpay_sign.check({**fields, "txnAmt": "1"}, trust(), NOW), SignatureInvalid, "another signature")


def test_a_request_is_stripped_and_carries_what_every_request_must():
    merchant = certificate("merchant", KEY)
    told = unionpay_sign.signed({"orderId": " n1 ", "blank": "  ", "version": "1"}, pem_private(KEY), merchant)
    serial = str(x509.load_pem_x509_certificate(merchant.encode()).serial_number)
    plain = {"orderId": "n1", "version": "5.1.0", "encoding": "UTF-8", "signMethod": "01", "certId": serial}
    text = f"certId={serial}&encoding=UTF-8&orderId=n1&signMethod=01&version=5.1.0"
    assert told == {**plain, "signature": sign(KEY, sha256(text.encode()).hexdigest().encode())}
    assert unionpay_sign.hashed("x") == sha256(b"x").hexdigest().encode()


def test_a_notice_s_form_is_read_and_glued_fields_are_malformed():
    read = unionpay_sign.notice_fields
    assert read(form({"a": "1", "b": "", "c": "{x=1&y=2}", "d": "[p&q]r", "e": "杯"})) == {
        "a": "1",
        "c": "{x=1&y=2}",
        "d": "[p&q]r",
        "e": "杯",
    }
    for glued in ("1&txnAmt=2", "{a}&b", "{a&b", "&", "X&"):
        refused(lambda glued=glued: read(form({"a": glued})), Malformed, "a value that looks like fields")


def test_an_answer_is_cut_at_ampersands_outside_brackets():
    read = unionpay_sign.answer_fields
    assert read("a=1&b={x=[1]&y=2}&c=3") == {"a": "1", "b": "{x=[1]&y=2}", "c": "3"}
    assert read("a=1&b={x&c=3") == {"a": "1", "b": "{x&c=3"}
    assert read("a=}&b=1&c=]&d={[p]&q}&e=2") == {"a": "}", "b": "1", "c": "]", "d": "{[p]&q}", "e": "2"}
    assert read("a&=v&b=1&&c=") == {"b": "1"}
    assert read("") == {}
    refused(lambda: read("a=1&a="), Malformed, "a field given twice")


def test_a_certificate_is_unionpay_s_from_its_first_to_its_last_second():
    shop = trust()
    pem = leaf(days=(-2, 2))
    cert = x509.load_pem_x509_certificate(pem.encode())
    first, last, second = cert.not_valid_before_utc, cert.not_valid_after_utc, timedelta(seconds=1)
    assert [shop.holds(pem, at) for at in (first - second, first, NOW, last, last + second)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_the_whole_chain_must_be_valid():
    late = certificate("MIDDLE", MIDDLE, "ROOT", ROOT, days=(-1, 1))
    assert trust(middle=late).holds(LEAF, NOW)
    assert not trust(middle=late).holds(LEAF, NOW + timedelta(days=2))
    assert not trust(middle=late).holds(LEAF, NOW - timedelta(days=2))
    short = certificate("ROOT", ROOT, days=(-3, 3))
    assert not trust(root=short).holds(LEAF, NOW + timedelta(days=4))
    assert not trust(root=short).holds(LEAF, NOW - timedelta(days=4))


def test_a_chain_that_is_broken_anywhere_is_no_chain():
    stranger = fresh_key("stranger")
    assert trust().holds(LEAF, NOW)
    for shop in (
        trust(middle=certificate("MIDDLE", MIDDLE)), trust(middle=certificate("OTHER", MIDDLE, "ROOT", ROOT)),
        trust(root=certificate("ROOT", stranger)), trust(root=certificate("ROOT", ROOT, "ABOVE", stranger)),
        trust(owner="00040001:SIGN"), trust(owner=f"041@SIM@{OWNER}@0001"), trust(middle="nonsense"),
    ):  # fmt: skip
        assert not shop.holds(LEAF, NOW)
    assert not trust().holds(certificate(f"041@SIM@{OWNER}@1", KEY, "MIDDLE", stranger), NOW)
    assert not trust().holds(leaf(key=ec.generate_private_key(ec.SECP256R1())), NOW)


class _Counting(unionpay_sign.Trust):
    def __init__(self, span):
        super().__init__("", "", "")
        self.span, self.looked = span, []

    def _inspected(self, pem):
        self.looked.append(pem)
        return self.span


def test_a_trusted_certificate_is_inspected_once_and_a_stranger_s_each_time():
    trusted, stranger = _Counting((NOW, NOW)), _Counting(None)
    for _ in range(3):
        assert trusted.holds("a", NOW)
        assert not stranger.holds("a", NOW)
    assert trusted.looked == ["a"]
    assert stranger.looked == ["a"] * 3
    for n in range(31):
        trusted.holds(f"more {n}", NOW)
    assert len(trusted._known) == 32
    trusted.holds("one too many", NOW)
    assert len(trusted._known) == 1


def named(*names):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name) for name in names])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(KEY, hashes.SHA256())
    )


def test_the_owner_is_the_third_part_of_the_one_common_name():
    assert unionpay_sign._owner(named("041@SIM@OWN@1")) == "OWN"
    assert unionpay_sign._owner(named("041@SIM@OWN")) == "OWN"
    for names in ((), ("041@SIM",), ("OWN",), ("041@SIM@OWN@1", "041@SIM@OWN@1")):
        assert unionpay_sign._owner(named(*names)) == ""
    assert (
        wechat_sign.serial_of(certificate("x", KEY)).isupper() or wechat_sign.serial_of(certificate("x", KEY)).isdigit()
    )
