"""The wire to the letter: armour, keys, signature texts, JSON, yuan and times."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.kernel.money import Fen
from chalicelib.records.payments.providers import wire
from chalicelib.records.payments.providers.alipay import signing as alipay_sign
from chalicelib.records.payments.providers.port import AuthConfig, Malformed, NoAnswer, Unknown
from chalicelib.records.payments.providers.unionpay.adapter import _traced
from tests.fakes.payments.common import certificate, fresh_key, pem_private, pem_public, sign

from .test_signatures_exactly import KEY, PUBLIC, refused


def test_bare_base64_is_given_its_armour_and_armour_is_left_alone():
    assert wire.armoured("-----BEGIN X-----\nabc", "PRIVATE KEY") == b"-----BEGIN X-----\nabc"
    bare = "A" * 64 + " \n" + "B" * 64 + "C" * 3
    wanted = f"-----BEGIN K-----\n{'A' * 64}\n{'B' * 64}\nCCC\n-----END K-----\n"
    assert wire.armoured(bare, "K") == wanted.encode()
    assert wire.armoured("A" * 64, "K") == f"-----BEGIN K-----\n{'A' * 64}\n-----END K-----\n".encode()


def test_keys_are_read_with_and_without_armour_and_only_rsa_ones():
    bare = "".join(pem_private(KEY).split("\n")[1:-2])
    assert wire.private_key(bare).private_numbers() == KEY.private_numbers()
    public = "".join(PUBLIC.split("\n")[1:-2])
    assert wire.public_key(public).public_numbers() == KEY.public_key().public_numbers()
    assert wire.public_key(certificate("x", KEY)).public_numbers() == KEY.public_key().public_numbers()
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(TypeError, match=r"^the merchant key is not an RSA key$"):
        wire.private_key(pem_private(other))
    with pytest.raises(TypeError, match=r"^the provider key is not an RSA key$"):
        wire.public_key(pem_public(other))


def test_only_this_signature_text_of_these_bytes_counts():
    text = wire.sign(pem_private(KEY), b"words")
    assert text == sign(KEY, b"words")
    key = wire.public_key(PUBLIC)
    assert wire.signed_by(key, b"words", text) is True
    assert wire.signed_by(key, b"word", text) is False
    assert wire.signed_by(wire.public_key(pem_public(fresh_key("stranger"))), b"words", text) is False
    for other in ("", text + "\n", text[:-1], text + "=", f" {text}", text.replace("=", ""), text[:-4] + "AAAA"):
        assert wire.signed_by(key, b"words", other) is False
    urlsafe = text.replace("+", "-").replace("/", "_")
    assert wire.signed_by(key, b"words", urlsafe) is (urlsafe == text)


@pytest.mark.parametrize(
    "text", ["", "A", "AA", "AAA", "AB==", "AAB=", "AAAA\n", " AAAA", "AA_A", "AA-A", "ä", "AAAA===="]
)
def test_a_text_that_is_not_the_one_of_its_bytes_is_none(text):
    assert wire.canonical_base64(text) is None


def test_the_one_text_of_some_bytes_is_read():
    assert wire.canonical_base64("AAAA") == b"\0\0\0"
    assert wire.canonical_base64("AAA=") == b"\0\0"
    assert wire.canonical_base64("+/8=") == b"\xfb\xff"


class _Http:
    def __init__(self, answer):
        self.answer, self.asked = answer, None

    def request(self, *asked):
        self.asked = asked
        if self.answer is None:
            raise NoAnswer("timed out")
        return self.answer


def test_an_answer_comes_with_its_header_names_in_lower_case_and_silence_is_unknown():
    http = _Http((201, {"X-Y": "Z"}, b"body"))
    assert wire.exchange(http, "POST", "http://p", {"A": "b"}, b"q") == (201, {"x-y": "Z"}, b"body")
    assert http.asked == ("POST", "http://p", {"A": "b"}, b"q")
    with pytest.raises(Unknown) as silent:
        wire.exchange(_Http(None), "GET", "http://p", {}, b"")
    assert silent.value.code == "no_answer"


@pytest.mark.parametrize("text", ["", "no key", PUBLIC])
def test_a_contract_whose_key_is_none_is_told_as_the_contract_s_fault(text):
    refused(lambda: wire.sign(text, b"words"), AuthConfig, "CONTRACT")


def test_json_is_compact_and_an_object():
    assert wire.compact({"a": ["集", 1]}) == '{"a":["集",1]}'
    assert wire.parsed(b'{"a":1}') == {"a": 1}
    for raw in (b"", b"{", b"\xff", "nope"):
        refused(lambda raw=raw: wire.parsed(raw), Malformed, "not JSON")
    for raw in (b"[]", b"1", b'"x"', b"null"):
        refused(lambda raw=raw: wire.parsed(raw), Malformed, "not an object")


def test_a_digest_is_the_sha_256_in_hex():
    assert wire.digest(b"x") == sha256(b"x").hexdigest()


@pytest.mark.parametrize(
    ("text", "fen"),
    [("12.30", 1230), ("0.01", 1), ("5", 500), ("5.1", 510), ("999999999999.99", 99999999999999)],
)
def test_yuan_are_read(text, fen):
    assert wire.yuan(text) == fen
    assert type(wire.yuan(text)) is Fen
    assert wire.signed_yuan(f"-{text}") == -fen


def test_nobody_pays_less_than_nothing():
    assert wire.yuan("-3.20") is None
    assert wire.yuan("-0.01") is None
    assert wire.yuan("0") == wire.yuan("-0.00") == 0
    assert wire.fen(-1) is None
    assert wire.signed_yuan("-3.20") == -320


@pytest.mark.parametrize(
    "text", [None, 12, 1.5, "", "1.", ".5", "1.234", "1e3", " 1", "1 ", "+1", "1,00", "1234567890123", "١"]
)
def test_what_is_not_plain_yuan_is_none(text):
    assert wire.yuan(text) is None


@pytest.mark.parametrize(
    ("told", "fen"),
    [(5, 5), (0, 0), ("12", 12), ("000012", 12), ("999999999999", 999999999999), (999999999999, 999999999999)],
)
def test_fen_are_read_from_numbers_and_digits(told, fen):
    assert wire.fen(told) == fen
    assert type(wire.fen(told)) is Fen


@pytest.mark.parametrize(
    "told", [None, True, False, 1.0, "", "-1", "1.0", " 1", "٣", "1234567890123", [1], b"1", 10**12]
)
def test_what_is_no_whole_number_of_fen_is_none(told):
    assert wire.fen(told) is None


NOON = datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC)


def test_times_of_shanghai_are_read_and_written():
    for text in ("20261123120005", "2026-11-23 12:00:05", "2026-11-23T12:00:05+08:00", "2026-11-23T04:00:05+00:00"):
        assert wire.from_shanghai(text) == NOON
        assert wire.from_shanghai(text).tzinfo is UTC
    assert wire.stamp(NOON) == "20261123120005"
    assert wire.moment(NOON) == "2026-11-23 12:00:05"
    assert wire.shanghai(NOON).isoformat() == "2026-11-23T12:00:05+08:00"
    nines = datetime(2026, 9, 8, 23, 58, 59, tzinfo=UTC)
    assert (wire.stamp(nines), wire.moment(nines)) == ("20260909075859", "2026-09-09 07:58:59")


@pytest.mark.parametrize(
    "text",
    [
        None,
        20261123120005,
        "",
        "soon",
        "20261323120005",
        "202611231200",
        "2026112312000",
        "202611231200055",
        "٢٠٢٦١١٢٣١٢٠٠٠٥",
        "²²²²²²²²²²²²²²",
        "00010101000000",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_what_is_no_time_is_none(text):
    assert wire.from_shanghai(text) is None


def test_json_that_is_too_deep_is_none():
    deep = "[" * 100_000
    with pytest.raises(Malformed):
        wire.parsed(deep)
    with pytest.raises(Malformed):
        alipay_sign.read_answer('{"a_response":' + deep, "a_response")


@pytest.mark.parametrize(
    "ordered", ["²²²²1123120000", "٢٠٢٦1123120000", "0000112312000", "2026112312000x", "", "00000000000000"]
)
def test_a_time_of_booking_needs_the_orders_own_time(ordered):
    assert _traced({"txnTime": ordered, "traceTime": "1123120000"}) is None
