"""What all fakes share: fresh keys, a book, and faults that can be asked for."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from chalicelib.records.payments.providers.port import NoAnswer

NOW = datetime(2026, 11, 23, 4, 0, 0, tzinfo=UTC)


@cache
def fresh_key(role):
    """One key for each role and run; making them costs more than all else here."""
    return rsa.generate_private_key(65537, 2048)


def pem_private(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def pem_public(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def sign(key, message):
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(key, message, signature):
    key.public_key().verify(base64.b64decode(signature), message, padding.PKCS1v15(), hashes.SHA256())


def certificate(
    common_name,
    key,
    issuer_name=None,
    issuer_key=None,
    days=(-30, 365),
    organisation="Test Fake",
    issues=None,
    above=None,
):
    """A certificate; `above` is the organisation of its issuer where that is another, `issues` whether it may issue."""

    def name(cn, organisation):
        return x509.Name(
            [
                x509.NameAttribute(x509.NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organisation),
                x509.NameAttribute(x509.NameOID.COMMON_NAME, cn),
            ]
        )

    made = (
        x509.CertificateBuilder()
        .subject_name(name(common_name, organisation))
        .issuer_name(name(issuer_name or common_name, above or organisation))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
    )
    if issues is not None:
        made = made.add_extension(x509.BasicConstraints(ca=issues, path_length=None), critical=True)
    made = made.sign(issuer_key or key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


@dataclass
class Trade:
    amount: int
    state: str = "open"
    refunds: dict = field(default_factory=dict)


class Fake:
    """A provider's counter: `answer` is its side of HttpPort.request; `fault` spoils the next answers."""

    name = ""
    method = ""  # the one that tells most of the provider
    closes = True
    hands_over_once = False
    taken: tuple[int, str] = (200, "")  # the provider's word for a notice that was taken, and for one to be told again
    again: tuple[int, str] = (500, "")

    def __init__(self):
        self.book: dict[str, Trade] = {}
        self.seen: list[str] = []
        self.fault: str | None = None
        self.now = lambda: NOW
        self.interrupt: Callable[[str], None] | None = None
        self.nonce: Callable[[], str] = lambda: "N0NCEN0NCEN0NCEN0NCEN0NCEN0NCE12"

    def request(self, method, url, headers, body):
        if self.fault == "silent":
            raise NoAnswer("timed out")
        answer = self.answer(method, url, headers, body)
        if self.interrupt is not None:
            self.interrupt(url)
        if self.fault == "lost":
            raise NoAnswer("timed out")
        return answer

    def answer(self, method, url, headers, body):
        raise NotImplementedError

    def pay(self, number):
        self.book[number].state = "paid"

    def give_back(self, number, refund, amount):
        """One refund per refund number, never more than was paid."""
        trade = self.book[number]
        if refund not in trade.refunds:
            if trade.state != "paid" or sum(trade.refunds.values()) + amount > trade.amount:
                return False
            trade.refunds[refund] = amount
        return trade.refunds[refund] == amount
