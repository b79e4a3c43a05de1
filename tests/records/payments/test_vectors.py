"""The published vectors, held against the adapters' primitives: what others signed, we verify byte for byte."""

import base64
import json
from hashlib import sha1, sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1

from chalicelib.kernel.clock import instant
from chalicelib.records.payments.providers import wire
from chalicelib.records.payments.providers.alipay import signing as alipay_sign
from chalicelib.records.payments.providers.port import Malformed, SignatureInvalid
from chalicelib.records.payments.providers.unionpay import bills as unionpay_bills
from chalicelib.records.payments.providers.unionpay import signing as unionpay_sign
from chalicelib.records.payments.providers.wechat import signing as wechat_sign

HERE = Path(__file__).parent / "vectors"
VECTORS = {
    v["id"]: v for name in ("wechatpay", "alipay", "unionpay") for v in json.loads((HERE / f"{name}.json").read_text())
}
CHAIN = {
    name: VECTORS[f"unionpay-{name}.cer"]["inputs"]["pem"] if f"unionpay-{name}.cer" in VECTORS else ""
    for name in ("acp_test_root", "acp_test_middle", "verify_test", "acp_test_enc", "acp_test_sign")
}
IN_2019 = instant(1_560_000_000_000)
IN_2016 = instant(1_470_000_000_000)


def vector(name):
    found = VECTORS[name]
    return found["inputs"], found["expected"]


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["wechat-go-verify-source", "wechat-java-sign-message"])
def test_wechat_signatures_verify_and_others_do_not(name):
    given, wanted = vector(name)
    key = wire.public_key(given["certificate"])
    assert wire.signed_by(key, given["message"].encode(), given["signature_b64"])
    assert wechat_sign.serial_of(given["certificate"]) == wanted["certificate_serial"]
    for other in wanted.get("invalid_messages", ["x"]):
        assert not wire.signed_by(key, other.encode(), given["signature_b64"])


def test_wechat_platform_certificate_carries_its_serial_and_key():
    given, wanted = vector("wechat-java-platform-keys")
    assert wechat_sign.serial_of(given["certificate"]) == wanted["certificate_serial"]
    assert (
        wire.public_key(given["certificate"]).public_numbers() == wire.public_key(given["public_key"]).public_numbers()
    )


@pytest.mark.parametrize("name", ["wechat-go-authorization-format", "wechat-java-authorization-message"])
def test_wechat_requests_are_worded_as_published(name):
    given, wanted = vector(name)
    made = [
        wechat_sign.request_message(r["method"], r["url"], given["timestamp"], given["nonce"], r["body"].encode())
        for r in given["requests"]
    ]
    assert [m.decode() for m in made] == wanted["messages"]


def test_wechat_certificates_open_under_the_api_key():
    given, wanted = vector("wechat-go-certificates")
    item = json.loads(given["body"])["data"][0]
    pem = wechat_sign.unseal(given["aes_utf8"], item["encrypt_certificate"]).decode()
    assert pem.strip() == wanted["certificate"].strip()
    assert wechat_sign.serial_of(pem) == item["serial_no"]


def test_wechat_sealed_text_opens_only_with_its_own_nonce_and_data():
    given, wanted = vector("wechat-java-aes256gcm")
    sealed = {
        "ciphertext": given["ciphertext_b64"],
        "nonce": given["nonce"],
        "associated_data": given["associated_data"],
        "algorithm": "AEAD_AES_256_GCM",
    }
    assert wechat_sign.unseal(given["aes_utf8"], sealed).decode() == wanted["plaintext"]
    for spoiled in wanted["must_fail_with"]:
        with pytest.raises(Malformed):
            wechat_sign.unseal(given["aes_utf8"], sealed | spoiled)


def test_wechat_pay_sign_texts_are_worded_as_published():
    given, wanted = vector("wechat-doc-paysign")
    words = (given["appid"], given["timestamp"], given["nonce"], given["prepay_id"])
    assert wechat_sign.jsapi_message(*words) == wanted["message_jsapi"]
    assert wechat_sign.app_message(*words) == wanted["message_app"]


# ---- Alipay ---------------------------------------------------------------------------------------------------------
def test_a_real_alipay_notice_verifies_in_its_own_mode_only():
    given, _ = vector("alipay-notify-trade-success")
    fields = given["fields"]
    told, signed = alipay_sign.read_notice([given["public_key"]], urlencode(fields).encode())
    assert told["trade_status"] == "TRADE_SUCCESS"
    assert "sign_type=" not in signed
    key = wire.public_key(given["public_key"])
    assert wire.signed_by(key, alipay_sign.content(fields, ("sign", "sign_type")).encode(), fields["sign"])
    assert not wire.signed_by(key, alipay_sign.content(fields).encode(), fields["sign"])


def test_an_alipay_notice_under_another_key_is_refused():
    given, _ = vector("alipay-notify-wrong-key")
    with pytest.raises(SignatureInvalid):
        alipay_sign.read_notice([given["public_key"]], urlencode(given["fields"]).encode())


def test_the_signed_substring_of_an_alipay_answer_is_cut_out_exactly():
    given, wanted = vector("alipay-response-signstr")
    for case, signed in zip(given["responses"], wanted["signed_strings"], strict=True):
        cut, told, beside = alipay_sign.read_answer(case["body"], case["response_key"])
        assert cut == signed
        assert told["code"] == "10000"
        assert beside["sign"] != told.get("sign")


def test_an_alipay_request_is_worded_as_the_official_kit_words_it():
    given, wanted = vector("alipay-sdk-sign-pagepay")
    text = alipay_sign.content(given["params"])
    assert text == wanted["content"]
    assert wire.signed_by(wire.public_key(given["public_key"]), text.encode(), given["sign_b64"])


# ---- UnionPay -------------------------------------------------------------------------------------------------------
def sandbox(owner="00040000:SIGN"):
    return unionpay_sign.Trust(CHAIN["acp_test_middle"], CHAIN["acp_test_root"], owner)


@pytest.mark.parametrize("name", [n for n in VECTORS if n.endswith(".cer")])
def test_unionpay_certificates_have_the_published_numbers(name):
    given, wanted = vector(name)
    assert unionpay_sign.certificate_id(given["pem"]) == wanted["serial_decimal"]


def test_the_sandbox_certificate_is_trusted_while_it_was_valid_and_for_its_owner_only():
    assert sandbox().holds(CHAIN["verify_test"], IN_2019)
    assert not sandbox().holds(CHAIN["verify_test"], instant(1_600_000_000_000 + 10**10))
    assert not sandbox("中国银联股份有限公司").holds(CHAIN["verify_test"], IN_2019)
    assert not sandbox().holds(CHAIN["acp_test_sign"], IN_2016)  # a merchant's certificate of the same chain
    wrong = unionpay_sign.Trust(CHAIN["acp_test_root"], CHAIN["acp_test_root"], "00040000:SIGN")
    assert not wrong.holds(CHAIN["verify_test"], IN_2019)


def test_unionpay_hashes_twice():
    given, wanted = vector("unionpay-sign-510-sha256")
    certificate = VECTORS[given["certificate_id"]]["inputs"]["pem"]
    fields = {**given["fields"], "certId": wanted["certId"]}
    text = unionpay_sign.content(fields)
    assert text == wanted["string"]
    assert unionpay_sign.hashed(text).decode() == wanted["hash_hex"]
    key = wire.public_key(certificate)
    assert wire.signed_by(key, unionpay_sign.hashed(text), given["signature_b64"])
    assert not wire.signed_by(key, text.encode(), given["signature_b64"])


def test_the_older_and_the_shared_text_signatures_use_the_same_text():
    given, wanted = vector("unionpay-sign-500-sha1")
    text = unionpay_sign.content({**given["fields"], "certId": wanted["certId"]})
    assert text == wanted["string"]
    assert sha1(text.encode(), usedforsecurity=False).hexdigest() == wanted["hash_hex"]
    given, wanted = vector("unionpay-sign-11-sha256")
    text = unionpay_sign.content(given["fields"]) + "&" + sha256(given["shared_utf8"].encode()).hexdigest()
    assert sha256(text.encode()).hexdigest() == wanted["signature_hex"]


def test_a_form_of_version_500_is_signed_yet_refused_by_us():
    given, _ = vector("unionpay-query-500-request")
    fields = dict(parse_qsl(given["form"]))
    words = sha1(unionpay_sign.content(fields).encode(), usedforsecurity=False).hexdigest().encode()
    key = wire.public_key(VECTORS[given["certificate_id"]]["inputs"]["pem"])
    try:
        key.verify(base64.b64decode(fields["signature"]), words, PKCS1v15(), SHA1())  # noqa: S303  the vector is SHA-1
    except InvalidSignature:
        pytest.fail("the vector itself must verify")
    with pytest.raises(SignatureInvalid):
        unionpay_sign.check(fields, sandbox(), IN_2019)


def test_unionpay_file_content_inflates():
    given, wanted = vector("unionpay-filecontent")
    assert unionpay_bills.inflated(given["encoded"]).decode() == wanted["plaintext"]
