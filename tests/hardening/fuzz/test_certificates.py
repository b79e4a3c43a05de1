"""Certificates that strangers send, and such as UnionPay itself might sign by mistake: untrusted or trusted, never a fall."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding

from chalicelib.records.payments.providers.unionpay.signing import Trust
from tests.fakes.payments import FakeUnionPay
from tests.fakes.payments.common import NOW, certificate, fresh_key
from tests.fakes.payments.unionpay import OWNER
from tests.hardening.fuzz.staffed import DOORS

SEQUENCE, BITS = 0x30, 0x03
VERSION = bytes.fromhex("a003020102")  # the third, as DER writes it
SHA256_RSA = bytes.fromhex("300d06092a864886f70d01010b0500")

pytestmark = pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def armoured(raw: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(raw).decode()}-----END CERTIFICATE-----\n"


def read(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def signed(tbs: bytes, fake: FakeUnionPay) -> str:
    """A certificate of these very bytes under UnionPay's own middle key."""
    signature = fake.middle_key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    return armoured(der(SEQUENCE, tbs, SHA256_RSA, der(BITS, b"\0" + signature)))


def scratched(rng: random.Random, raw: bytes) -> bytes:
    changed = bytearray(raw)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(changed))
        match rng.randrange(3):
            case 0:
                changed[at] = rng.randrange(256)
            case 1:
                del changed[at : at + rng.randrange(1, 4)]
            case _:
                changed[at:at] = bytes([rng.randrange(256)])
    return bytes(changed)


def with_key(fake: FakeUnionPay, key: object) -> str:
    """A certificate of UnionPay's own for a key of another kind."""
    return certificate(OWNER, key, "UP OCA1", fake.middle_key)


def odd(fake: FakeUnionPay) -> Iterator[tuple[str, str]]:
    """(what is odd, certificate), each signed by UnionPay where it can be."""
    genuine = read(fake.leaf)
    tbs, whole = genuine.tbs_certificate_bytes, genuine.public_bytes(Encoding.DER)
    assert VERSION in tbs
    for version in (3, 9, 0x7F, 0xFF):
        other = VERSION[:-1] + bytes([version])
        yield f"version {version}", signed(tbs.replace(VERSION, other, 1), fake)
        yield f"version {version}, signed by nobody", armoured(whole.replace(VERSION, other, 1))
    yield "an elliptic key", with_key(fake, ec.generate_private_key(ec.SECP256R1()))
    yield "an Edwards key", with_key(fake, ed25519.Ed25519PrivateKey.generate())
    yield "an elliptic signature", certificate(OWNER, fake.platform, "UP OCA1", ec.generate_private_key(ec.SECP256R1()))
    yield "a name without parts", with_key(fake, fake.platform).replace("\n", "\r\n\r\n")
    for name in ("", "@", "@@", "@@@@@@", "041@SIM", "041@SIM@\0@1", "041@SIM@" + "0" * 40):
        if name:
            yield f"named {name!r}", certificate(name, fake.platform, "UP OCA1", fake.middle_key)
    yield "of the last day", certificate(OWNER, fake.platform, "UP OCA1", fake.middle_key, days=(-1, 2_900_000))
    for text in (
        "",
        "x",
        "\0",
        "é" * 50,
        "-----BEGIN CERTIFICATE-----",
        armoured(b""),
        armoured(b"\x30"),
        armoured(b"\0" * 99),
    ):
        yield f"no certificate: {text[:20]!r}", text
    yield "two in one", fake.leaf + fake.leaf
    yield "a public key", fake.leaf.replace("CERTIFICATE", "PUBLIC KEY")
    yield "a huge one", f"-----BEGIN CERTIFICATE-----\n{'A' * 150_000}\n-----END CERTIFICATE-----\n"
    yield "deep", armoured(b"\x30\x80" * 40_000)
    yield "without its end", armoured(whole[:-1])
    yield "with more behind it", armoured(whole + b"\0")


@pytest.fixture(scope="module")
def fake() -> FakeUnionPay:
    return FakeUnionPay()


def test_an_odd_certificate_is_untrusted_or_trusted_and_nothing_falls(fake: FakeUnionPay) -> None:
    trust = Trust(fake.middle_cert, fake.root_cert, "00040000:SIGN")
    assert trust.holds(fake.leaf, NOW)
    kinds = dict(odd(fake))
    assert len(kinds) >= 30
    held = {how for how, pem in kinds.items() if trust.holds(pem, NOW)}
    assert held <= {"a name without parts", "of the last day", "two in one"}  # the same, or as good


@pytest.mark.parametrize("resigned", [False, True], ids=["scratched", "scratched before UnionPay signed it"])
def test_a_scratched_certificate_makes_nothing_fall(fake: FakeUnionPay, resigned: bool) -> None:
    trust, rng = Trust(fake.middle_cert, fake.root_cert, "00040000:SIGN"), random.Random(8)
    genuine = read(fake.leaf)
    whole, tbs = genuine.public_bytes(Encoding.DER), genuine.tbs_certificate_bytes
    assert trust.holds(signed(tbs, fake), NOW), "what is not scratched is held, else this proves nothing"
    held, refused = [], 0
    for _ in range(1_500):
        pem = signed(scratched(rng, tbs), fake) if resigned else armoured(scratched(rng, whole))
        if trust.holds(pem, NOW):
            held.append(pem)
        else:
            refused += 1
    assert refused > 1_000
    assert held if resigned else all(read(pem).tbs_certificate_bytes == tbs for pem in held), "beside what is signed"


def test_at_the_door_an_odd_certificate_is_a_forged_notice(shop) -> None:
    order = shop.place(shop.things["sku"][0])
    payment = shop.pay(order, "unionpay")
    fake, stranger = shop.fakes["unionpay"], fresh_key("a stranger's")
    fake.pay(payment)
    before = shop.mark()
    for how, pem in odd(fake):
        answer = shop.deliver(DOORS["unionpay"], fake.notice(payment, key=stranger, cert=pem))
        assert answer.status in (400, 401), (how, answer)
        assert shop.mark() == before, how
    assert shop.state_of(order) == "placed"
