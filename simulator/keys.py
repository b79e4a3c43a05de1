"""The keys of both sides: made at the first start, kept in one file of mode 0600, never anywhere else.

The providers' halves stay here; what a merchant would hold is written to `merchant.json` in the shape the shop reads.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509.oid import NameOID

RSA_SIGNATURES = "1.2.840.113549.1.1"
SHORT = {
    NameOID.COMMON_NAME: "CN",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.COUNTRY_NAME: "C",
}
FRONTS = ("official", "mini", "app")  # each has an appid of its own
UNIONPAY_OWNER = "00040000:SIGN"
SIGNING = {"wechat": "wechat_platform", "alipay": "alipay_signing"}
ISSUERS = {"wechat": "wechat_ca", "alipay": "alipay_root"}
LONG = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC))  # whatever time is played


class Keys:
    """Every key and certificate by its name, e.g. `private("wechat_platform")`, `cert("unionpay_leaf")`.

    What a provider signs with may be changed: `signers` names its certificates, oldest first, `signer` the present one.
    """

    def __init__(self, made: dict[str, str], path: Path | None = None) -> None:
        self.text = made
        self._path = path
        self._private: dict[str, RSAPrivateKey] = {}
        self._certs: dict[str, x509.Certificate] = {}

    def private(self, name: str) -> RSAPrivateKey:
        if name not in self._private:
            key = serialization.load_pem_private_key(
                self.text[name + "_key"].encode(), None, unsafe_skip_rsa_key_validation=True
            )
            if not isinstance(key, RSAPrivateKey):
                raise TypeError(f"{name} is not an RSA key")
            self._private[name] = key
        return self._private[name]

    def public_pem(self, name: str) -> str:
        return (
            self.private(name)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )

    def cert(self, name: str) -> x509.Certificate:
        if name not in self._certs:
            self._certs[name] = x509.load_pem_x509_certificate(self.text[name + "_cert"].encode())
        return self._certs[name]

    def hex_serial(self, name: str) -> str:
        return format(self.cert(name).serial_number, "X")

    def signers(self, provider: str, at: float) -> list[str]:
        """The names of a provider's certificates that have not ended."""
        names = [SIGNING[provider], *self.text.get(f"{provider}_signers", "").split()]
        return [name for name in names if self.cert(name).not_valid_after_utc.timestamp() >= at]

    def signer(self, provider: str, at: float) -> str:
        """The one that signs: the newest whose time has come."""
        begun = [name for name in self.signers(provider, at) if float(self.text.get(f"{name}_from", 0)) <= at]
        return (begun or [SIGNING[provider]])[-1]

    def rotate(self, provider: str, at: float, after: float, days: float) -> str:
        """Make another certificate for a provider, which signs after so many seconds and lives so many days."""
        old = SIGNING[provider]
        number = len(self.text.get(f"{provider}_signers", "").split()) + 2
        name, issuer = f"{old}_{number}", ISSUERS[provider]
        key = rsa.generate_private_key(65537, 2048)
        by = (self.cert(issuer).subject, self.private(issuer))
        begins = datetime.fromtimestamp(at, UTC)
        dates = (begins - timedelta(minutes=5), begins + timedelta(days=days))
        cert = _certificate(self.cert(old).subject, key.public_key(), by, False, dates)
        self.text |= {
            f"{name}_key": _private_pem(key),
            f"{name}_cert": _pem(cert),
            f"{name}_from": str(at + after),
            f"{provider}_signers": f"{self.text.get(f'{provider}_signers', '')} {name}".strip(),
        }
        if self._path is not None:
            write_private(self._path, json.dumps(self.text, indent=1))
        return name


def open_keys(state: Path) -> Keys:
    """Read the keys of this state folder, or make them."""
    path = state / "keys.json"
    if not path.exists():
        write_private(path, json.dumps(_make(), indent=1))
    return Keys(json.loads(path.read_text()), path)


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all."""
    fresh = path.with_suffix(".fresh")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
    fresh.replace(path)


def alipay_sn(cert: x509.Certificate) -> str:
    """Name a certificate as Alipay does: md5 of the issuer, last part first, and the decimal serial."""
    issuer = ",".join(f"{SHORT[part.oid]}={part.value!s}" for part in reversed(list(cert.issuer)))
    return hashlib.md5(f"{issuer}{cert.serial_number}".encode(), usedforsecurity=False).hexdigest()


def merchant(keys: Keys, url: str, wechat_mode: str, alipay_mode: str) -> dict[str, dict[str, Any]]:
    """Return everything a merchant of these providers would hold; base URLs lead to this simulator.

    A merchant of WeChat Pay without its public key holds nothing of WeChat's: it fetches the certificates.
    """
    text = keys.text
    known = {
        text["public_key_id"]: keys.public_pem("wechat_public"),
        keys.hex_serial("wechat_platform"): text["wechat_platform_cert"],
    }
    by_public_key = wechat_mode == "public_key"
    return {
        "wechat": {
            "base_url": url,
            "mchid": text["mchid"],
            "appid": text["wechat_official"],
            "appids": {front: text[f"wechat_{front}"] for front in FRONTS},
            "serial": keys.hex_serial("wechat_merchant"),
            "private_key": text["wechat_merchant_key"],
            "apiv3_key": text["apiv3"],
            "mini_secret": text["login_word"],
            "mini_url": url,
            "platform_keys": known if by_public_key else {},
            "public_key_id": text["public_key_id"] if by_public_key else "",
        },
        "alipay": {
            "gateway": f"{url}/gateway.do",
            "app_id": text["alipay_app_id"],
            "seller_id": text["alipay_seller_id"],
            "private_key": text["alipay_app_key"],
            "alipay_public_key": keys.public_pem("alipay_plain"),
            "mode": alipay_mode,
            "app_cert": text["alipay_app_cert"],
            "alipay_cert": text["alipay_signing_cert"],
            "alipay_root_cert": text["alipay_root_file"],
        },
        "unionpay": {
            "base_url": f"{url}/gateway/api/",
            "file_url": f"{url}/file/",
            "mer_id": text["mer_id"],
            "private_key": text["unionpay_merchant_key"],
            "merchant_cert": text["unionpay_merchant_cert"],
            "middle_cert": text["unionpay_middle_cert"],
            "root_cert": text["unionpay_root_cert"],
            "cn_owner": UNIONPAY_OWNER,
        },
        "wechat_login": {"base_url": url, "appid": text["wechat_mini"], "secret": text["login_word"]},
    }


def _make() -> dict[str, str]:
    made = {
        "mchid": "1900" + _digits(6),
        **{f"wechat_{front}": "wx" + secrets.token_hex(8) for front in FRONTS},
        "login_word": secrets.token_hex(16),
        "apiv3": "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32)),
        "public_key_id": "PUB_KEY_ID_01" + _digits(24),
        "alipay_app_id": "2021" + _digits(12),
        "alipay_seller_id": "2088" + _digits(12),
        "mer_id": "777" + _digits(12),
    }
    pairs = {name: rsa.generate_private_key(65537, 2048) for name in ("wechat_public", "alipay_plain")}
    chains = (  # name, issuer (None signs itself), subject, may issue
        ("wechat_ca", None, ("Simulated Tenpay CA", "Simulator"), True),
        ("wechat_platform", "wechat_ca", ("Simulated Tenpay sign", "Simulator"), False),
        ("wechat_merchant", "wechat_ca", (made["mchid"], "Merchant"), False),
        ("alipay_root", None, ("Simulated Ant Root R1", "Simulator"), True),
        ("alipay_signing", "alipay_root", (f"Simulated Alipay {made['alipay_seller_id']}", "Alipay"), False),
        ("alipay_app", "alipay_root", (f"{made['alipay_seller_id']}-{made['alipay_app_id']}", "Merchant"), False),
        ("unionpay_root", None, ("Simulated CFCA Root", "Simulator"), True),
        ("unionpay_middle", "unionpay_root", ("Simulated CFCA OCA1", "Simulator"), True),
        ("unionpay_leaf", "unionpay_middle", (f"041@SIM@{UNIONPAY_OWNER}@00000001", "Simulator"), False),
        ("unionpay_merchant", "unionpay_middle", (f"041@{made['mer_id']}@MERCHANT@00000002", "Merchant"), False),
    )
    certs: dict[str, x509.Certificate] = {}
    for name, issuer, subject, issues in chains:
        pairs[name] = rsa.generate_private_key(65537, 2048)
        by = (certs[issuer].subject, pairs[issuer]) if issuer else (_name(*subject), pairs[name])
        certs[name] = _certificate(_name(*subject), pairs[name].public_key(), by, issues)
        made[name + "_cert"] = _pem(certs[name])
    made |= {name + "_key": _private_pem(key) for name, key in pairs.items()}
    made["alipay_root_file"] = made["alipay_root_cert"] + _foreign_roots()
    return made


def _foreign_roots() -> str:
    """Add what the real root file also holds: a root that is not RSA, and a block no parser can read."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Simulated elliptic root", "Simulator")
    other = _certificate(name, key.public_key(), (name, key), issues=True)
    broken = base64.encodebytes(other.public_bytes(serialization.Encoding.DER)[:-40]).decode()
    return f"{_pem(other)}-----BEGIN CERTIFICATE-----\n{broken}-----END CERTIFICATE-----\n"


def _certificate(
    subject: x509.Name,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    by: tuple[x509.Name, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey],
    issues: bool,
    dates: tuple[datetime, datetime] = LONG,
) -> x509.Certificate:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[0])
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(dates[0])
        .not_valid_after(dates[1])
        .add_extension(x509.BasicConstraints(ca=issues, path_length=None), critical=True)
        .sign(by[1], hashes.SHA256())
    )


def _name(common: str, unit: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, "Jishi simulator"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _private_pem(key: RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _pem(cert: x509.Certificate) -> str:
    return cert.public_bytes(serialization.Encoding.PEM).decode()


def _digits(count: int) -> str:
    return "".join(secrets.choice(string.digits) for _ in range(count))
