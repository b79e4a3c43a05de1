"""Forgers: a genuine notice of a provider, changed in every way that ought to end it, and in ways that ought not to."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from chalicelib.records.payments.providers.port import RawNotify
from tests.fakes.payments import FakeAlipay, FakeUnionPay, FakeWeChat
from tests.fakes.payments.common import certificate, fresh_key
from tests.fakes.payments.unionpay import OWNER
from tests.fakes.payments.wechat import scratched
from tests.hardening.proof.counter import MEDIA, CounterShop

PROVIDERS = ("wechat", "alipay", "unionpay")
SIGNATURE = {"alipay": "sign", "unionpay": "signature"}
NAMES = {
    "sign": ("sign_type", "charset", "total_amount", "out_trade_no"),
    "signature": ("signMethod", "encoding", "txnAmt", "orderId"),
}
STRANGERS = {"wechat": FakeWeChat, "alipay": FakeAlipay, "unionpay": FakeUnionPay}


class Forged(NamedTuple):
    """A notice and what was done to it."""

    how: str
    notice: RawNotify
    route: str = ""
    media: str | None = None


# ---- signature texts ------------------------------------------------------------------------------------------------
def texts(rng: random.Random, genuine: str) -> tuple[str, str]:
    """Another text for a signature: most of them stand for the same bytes to a lax reader."""
    raw, at = base64.b64decode(genuine), rng.randrange(1, len(genuine))
    same_bytes: dict[str, Callable[[], str]] = {
        "a blank inside": lambda: genuine[:at] + " " + genuine[at:],
        "a line break inside": lambda: genuine[:at] + rng.choice(["\n", "\r\n", "\t"]) + genuine[at:],
        "a blank around": lambda: rng.choice([" " + genuine, genuine + " ", genuine + "\n"]),
        "a letter of no alphabet": lambda: genuine[:at] + rng.choice("!~*@.,:;()") + genuine[at:],
        "the url-safe alphabet": lambda: _urlsafe(genuine),
        "no padding": lambda: genuine.rstrip("=") + ("" if genuine.endswith("=") else "=" * rng.randrange(1, 3)),
        "more padding": lambda: genuine + "=" * rng.randrange(1, 5),
        "trailing bits": lambda: _trailing(rng, genuine),
        "hexadecimal": raw.hex,
        "in quotes": lambda: f'"{genuine}"',
        "percent-encoded once more": lambda: quote(genuine, safe=""),
    }
    other_bytes: dict[str, Callable[[], str]] = {
        "one bit": lambda: base64.b64encode(scratched_bit(rng, raw)).decode(),
        "shorter": lambda: base64.b64encode(raw[: -rng.randrange(1, 40)]).decode(),
        "longer": lambda: base64.b64encode(raw + rng.randbytes(rng.randrange(1, 9))).decode(),
        "leading noughts": lambda: base64.b64encode(b"\0" * rng.randrange(1, 4) + raw).decode(),
        "empty": lambda: "",
        "noise": lambda: base64.b64encode(rng.randbytes(256)).decode(),
        "the probe": lambda: "WECHATPAY/SIGNTEST/" + genuine,
        "twice": lambda: genuine + genuine,
        "in small letters": genuine.lower,
    }
    name = rng.choice([*same_bytes, *other_bytes])
    return name, (same_bytes | other_bytes)[name]()


def _urlsafe(text: str) -> str:
    changed = text.replace("+", "-").replace("/", "_")
    return changed if changed != text else text + "\n"


def _trailing(rng: random.Random, text: str) -> str:
    """Other last bits under the padding: the same bytes to whoever does not look."""
    alphabet, pads = (
        string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/",
        len(text) - len(text.rstrip("=")),
    )
    if pads == 0:
        return text + "A"
    last = len(text) - pads - 1
    kept = alphabet.index(text[last])
    return text[:last] + alphabet[kept ^ rng.randrange(1, 4 if pads == 1 else 16)] + "=" * pads


def scratched_bit(rng: random.Random, raw: bytes) -> bytes:
    at = rng.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(8))]) + raw[at + 1 :]


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
def forge_wechat(rng: random.Random, fake: Any, genuine: RawNotify, number: str, stamp: int) -> Forged:

    def header(name: str, value: str | None, how: str) -> Forged:
        headers = {**genuine.headers, name: value}
        return Forged(how, RawNotify({k: v for k, v in headers.items() if v is not None}, genuine.body))

    def text(name: str) -> str:
        return str(genuine.headers[name])

    kind = rng.choice(
        ["content", "content", "signature", "signature", "serial", "timestamp", "nonce", "scheme", "resource"]
    )
    if kind == "content":
        return Forged("signed content", RawNotify(genuine.headers, _body(rng, genuine.body)))
    if kind == "signature":
        how, told = texts(rng, text("Wechatpay-Signature"))
        return header("Wechatpay-Signature", told, f"signature text: {how}")
    if kind == "serial":
        others = [fake.old_serial, "", None, text("Wechatpay-Serial").lower(), text("Wechatpay-Serial") + " ", "5A5A5A",
                  scratched(rng, text("Wechatpay-Serial").encode()).decode("latin-1")]  # fmt: skip
        return header("Wechatpay-Serial", rng.choice(others), "serial")
    if kind == "timestamp":
        others = [str(stamp + rng.choice([-1, 1]) * rng.randrange(1, 299)), f"0{stamp}", f"+{stamp}", f"{stamp}.0", f" {stamp}",
                  f"{stamp}\n", "", None, str(stamp + rng.choice([-1, 1]) * rng.randrange(300, 10**8)), hex(stamp)]  # fmt: skip
        return header("Wechatpay-Timestamp", rng.choice(others), "timestamp")
    if kind == "nonce":
        others = [scratched(rng, text("Wechatpay-Nonce").encode()).decode("latin-1"), "", None,
                  text("Wechatpay-Nonce") + "\n" + genuine.body.decode()[:9], text("Wechatpay-Nonce").upper()]  # fmt: skip
        return header("Wechatpay-Nonce", rng.choice(others), "nonce")
    if kind == "scheme":
        return header(
            "Wechatpay-Signature-Type", rng.choice(["WECHATPAY2-SM2-WITH-SM3", "", "none"]), "signature scheme"
        )
    told = json.loads(genuine.body)
    name = rng.choice(["ciphertext", "nonce", "associated_data", "algorithm"])
    spoilt = {
        **told,
        "resource": {**told["resource"], name: scratched(rng, told["resource"][name].encode()).decode("latin-1")},
    }
    body = json.dumps(spoilt).encode()
    return Forged(
        "a resource that does not open, rightly signed", RawNotify(fake.signed_headers(body, stamp=stamp), body)
    )


def _body(rng: random.Random, raw: bytes) -> bytes:
    changes = [
        lambda: scratched(rng, raw), lambda: raw + b" ", lambda: b"\xef\xbb\xbf" + raw, lambda: raw[: rng.randrange(len(raw))],
        lambda: b"", lambda: _another_event(raw), lambda: raw.replace(b", ", b","),
    ]  # fmt: skip
    return rng.choice(changes)()


def _another_event(raw: bytes) -> bytes:
    pay, back = b"TRANSACTION.SUCCESS", b"REFUND.SUCCESS"
    return raw.replace(pay, back) if pay in raw else raw.replace(back, pay)


# ---- Alipay and UnionPay --------------------------------------------------------------------------------------------
def forge_form(rng: random.Random, fake: Any, genuine: RawNotify, number: str, stamp: int) -> Forged:
    """Both sign the fields of a form."""
    name = SIGNATURE[fake.name]
    told = dict(parse_qsl(genuine.body.decode(), keep_blank_values=True))
    if rng.random() < 0.3:
        how, text = texts(rng, told[name])
        return Forged(f"signature text: {how}", _form({**told, name: text}))
    if fake.name == "unionpay" and rng.random() < 0.15:
        return _foreign(rng, fake, number)
    return _fields(rng, told, name)


def _fields(rng: random.Random, told: dict[str, str], signature: str) -> Forged:
    field_, other = rng.sample([one for one in told if one != signature and told[one]], 2)
    scheme, charset, amount, number = NAMES[signature]
    changes: dict[str, Callable[[], Any]] = {
        "a field changed": lambda: {**told, field_: scratched(rng, told[field_].encode()).decode("latin-1")},
        "a field left out": lambda: {k: v for k, v in told.items() if k != field_},
        "a field emptied": lambda: {**told, field_: ""},
        "a field added": lambda: {**told, f"x{rng.randrange(99)}": "1"},
        "a field of refunds added": lambda: {
            **told,
            rng.choice(["refund_fee", "gmt_refund", "out_biz_no", "origQryId"]): "1.00",
        },
        "a field renamed": lambda: {(k if k != field_ else k.swapcase() + "x"): v for k, v in told.items()},
        "a field twice": lambda: [*told.items(), (field_, rng.choice([told[field_], "1", ""]))],
        "two fields glued": lambda: _glued(told, field_, other),
        "two fields swapped": lambda: {**told, field_: told[other] + "?", other: told[field_]},
        "no signature": lambda: {k: v for k, v in told.items() if k != signature},
        "another scheme": lambda: {**told, scheme: rng.choice(["RSA", "11", "MD5", ""])},
        "another charset": lambda: {**told, charset: rng.choice(["gbk", "utf-7", "big5"])},
        "another amount": lambda: {**told, amount: str(rng.randrange(100_000, 999_999))},
        "another number": lambda: {**told, number: f"O{rng.randrange(10**27):028d}"[:29]},
    }
    how = rng.choice(list(changes))
    return Forged(how, _form(changes[how]()))


def _glued(told: Mapping[str, str], one: str, other: str) -> dict[str, str]:
    """One field put into its neighbour's value: the text that was signed may stay the same."""
    first, second = sorted((one, other))
    return {**{k: v for k, v in told.items() if k != second}, first: f"{told[first]}&{second}={told[second]}"}


def _foreign(rng: random.Random, fake: Any, number: str) -> Forged:
    """Rightly signed, under a certificate that is not UnionPay's."""
    key = fresh_key("a stranger's")
    made: dict[str, Callable[[], str]] = {
        "a certificate of one's own": lambda: certificate(OWNER, key),
        "a chain of one's own of the same names": lambda: certificate(OWNER, key, "UP OCA1", key),
        "under the root beside the middle": lambda: certificate(OWNER, key, "UP ROOT", fresh_key("up root")),
        "a merchant's under the true chain": lambda: certificate("041@SIM@777:SIGN@1", key, "UP OCA1", fake.middle_key),
        "an owner's name moved": lambda: certificate("041@00040000:SIGN@SIM@1", key, "UP OCA1", fake.middle_key),
        "an owner's name cut": lambda: certificate("00040000:SIGN", key, "UP OCA1", fake.middle_key),
        "run out": lambda: certificate(OWNER, key, "UP OCA1", fake.middle_key, days=(-60, -1)),
        "not valid yet": lambda: certificate(OWNER, key, "UP OCA1", fake.middle_key, days=(1, 60)),
        "of a version that there is not": lambda: unversioned(str(fake.leaf)),
        "no certificate": lambda: "nothing",
        "the true one over a stranger's signature": lambda: str(fake.leaf),
    }
    how = rng.choice(list(made))
    if (fake.name, how) not in _made:
        _made[fake.name, how] = made[how]()  # signing a certificate takes longer than all else
    return Forged(f"certificate: {how}", fake.notice(number, key=key, cert=_made[fake.name, how]))


def unversioned(pem: str) -> str:
    """The certificate with its version, the third, changed to one that nobody has described."""
    raw = base64.b64decode("".join(pem.split("-----")[2].split()))
    changed = raw.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020109"), 1)
    assert changed != raw
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(changed).decode()}-----END CERTIFICATE-----\n"


_made: dict[tuple[str, str], str] = {}
FORGERS = {"wechat": forge_wechat, "alipay": forge_form, "unionpay": forge_form}


# ---- everybody's ----------------------------------------------------------------------------------------------------
def strangers(shop: CounterShop, provider: str, numbers: Mapping[str, str]) -> Iterator[Forged]:
    """Another merchant's valid notice, another provider's, one at another's door, and one signed by nobody we know."""
    fake, number = shop.fakes[provider], numbers[provider]
    yield Forged("a stranger's signature", fake.stranger(number))
    _make_other(provider)
    other = _others[provider]
    other.now, other.book = shop.now, fake.book
    yield Forged("another merchant's valid notice", other.notice(number))
    for neighbour in PROVIDERS:
        if neighbour != provider:
            foreign = shop.fakes[neighbour].notice(numbers[neighbour])
            yield Forged(
                f"{neighbour}'s valid notice at this door", foreign, media=MEDIA.get(provider, MEDIA["alipay"])
            )
            yield Forged(
                f"{neighbour}'s valid notice, its own medium", foreign, media=MEDIA.get(neighbour, MEDIA["alipay"])
            )
    yield Forged("no body", RawNotify(fake.notice(number).headers, b""))
    yield Forged("no headers", RawNotify({}, fake.notice(number).body if provider == "wechat" else b"a=1"))
    yield Forged("another medium", fake.notice(number), media="text/plain")
    yield Forged("too large", RawNotify(fake.notice(number).headers, fake.notice(number).body + b" " * 300_000))


_others: dict[str, Any] = {}


def _make_other(provider: str) -> None:
    """The same provider's notices to another shop: other keys everywhere."""
    if provider in _others:
        return
    other = STRANGERS[provider]()
    other.platform = fresh_key(f"{provider} for another merchant")
    if provider == "unionpay":
        other.leaf = certificate("041@SIM@00040001:SIGN@00000001", other.platform, "UP OCA1", other.middle_key)
    _others[provider] = other


def harmless(provider: str, genuine: RawNotify, rng: random.Random) -> Iterator[Forged]:
    """Changes of what nobody signed."""
    if provider == "wechat":
        for headers in ({"Request-ID": "x" * 40}, {"User-Agent": "other"}, {"X-Forwarded-For": "198.51.100.9"}):
            yield Forged("another header", RawNotify({**genuine.headers, **headers}, genuine.body))
        yield Forged(
            "header names in capitals", RawNotify({k.upper(): v for k, v in genuine.headers.items()}, genuine.body)
        )
        unsaid = {k: v for k, v in genuine.headers.items() if k != "Wechatpay-Signature-Type"}
        yield Forged("the scheme unsaid", RawNotify(unsaid, genuine.body))
        return
    told = parse_qsl(genuine.body.decode(), keep_blank_values=True)
    mixed = list(told)
    rng.shuffle(mixed)
    yield Forged("fields in another order", _form(mixed))
    blanks = [(name, "") for name in ("zzz", "refund_fee", "origQryId") if name not in dict(told)]
    yield Forged("blank fields more", _form([*told, *blanks]))
    yield Forged(
        "every letter percent-encoded", RawNotify({}, "&".join(f"{k}={_percent(v)}" for k, v in told).encode())
    )
    yield Forged("blanks as plus", RawNotify({}, urlencode(told).encode()))


def _percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _form(told: Any) -> RawNotify:
    return RawNotify({}, urlencode(told, quote_via=quote, safe="").encode())
