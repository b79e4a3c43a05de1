"""Forged notices: each provider's genuine notice, changed in every way that ought to end it, through the front door.

None may write a byte anywhere; each is answered as its provider expects (so that a genuine one would come again) and
counted. Changes of what is not signed end exactly as the genuine notice does. A genuine notice that comes late is
refused by WeChat's window, and the completer finds the payment; Alipay and UnionPay have no window, so there a replay is
acknowledged with no second effect.

    python -m tests.proof.forgery 10000        so many of each provider
"""

from __future__ import annotations

import base64
import json
import random
import string
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from chalicelib.records.payments.providers.port import RawNotify
from tests.payments.desks import AlipayDesk, UnionPayDesk, WeChatDesk
from tests.payments.desks.common import certificate, fresh_key
from tests.payments.desks.unionpay import OWNER
from tests.payments.desks.wechat import scratched
from tests.proof.counter import MEDIA, ROUTES, Answer, CounterShop

PROVIDERS = ("wechat", "alipay", "unionpay")
SEED = 20261123
SIGNATURE = {"alipay": "sign", "unionpay": "signature"}
NAMES = {
    "sign": ("sign_type", "charset", "total_amount", "out_trade_no"),
    "signature": ("signMethod", "encoding", "txnAmt", "orderId"),
}
STRANGERS = {"wechat": WeChatDesk, "alipay": AlipayDesk, "unionpay": UnionPayDesk}


class Forged(NamedTuple):
    """A notice and what was done to it."""

    how: str
    notice: RawNotify
    route: str = ""
    media: str | None = None


@dataclass
class Forgeries:
    """What a run came to."""

    tried: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    harmless: int = 0
    late: int = 0
    replays: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def wrong(self, name: str, what: str) -> None:
        self.violations.setdefault(f"forgery:{name}", []).append(what)

    def as_data(self) -> dict[str, Any]:
        return {
            "tried": self.tried, "kinds": self.kinds, "harmless": self.harmless, "late": self.late, "replays": self.replays,
            "violations": len(self.violations), "seconds": round(self.seconds, 1),
        }  # fmt: skip

    def text(self) -> str:
        each = ", ".join(f"{name} {count:,}" for name, count in self.tried.items())
        return (
            f"forged notices: {each}; harmless changes {self.harmless}, late ones {self.late}, replays {self.replays}; "
            f"{len(self.violations)} violations"
        )


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
def forge_wechat(rng: random.Random, desk: Any, number: str, stamp: int) -> Forged:
    genuine = desk.notice(number)

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
        others = [desk.old_serial, "", None, text("Wechatpay-Serial").lower(), text("Wechatpay-Serial") + " ", "5A5A5A",
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
        "a resource that does not open, rightly signed", RawNotify(desk.signed_headers(body, stamp=stamp), body)
    )


def _body(rng: random.Random, raw: bytes) -> bytes:
    changes = [
        lambda: scratched(rng, raw), lambda: raw + b" ", lambda: b"\xef\xbb\xbf" + raw, lambda: raw[: rng.randrange(len(raw))],
        lambda: b"", lambda: raw.replace(b"TRANSACTION.SUCCESS", b"REFUND.SUCCESS"), lambda: raw.replace(b", ", b","),
    ]  # fmt: skip
    return rng.choice(changes)()


# ---- Alipay and UnionPay --------------------------------------------------------------------------------------------
def forge_form(rng: random.Random, desk: Any, number: str, stamp: int) -> Forged:
    """Both sign the fields of a form."""
    name = SIGNATURE[desk.name]
    genuine = desk.notice(number, v2=rng.random() < 0.5) if desk.name == "alipay" else desk.notice(number)
    told = dict(parse_qsl(genuine.body.decode(), keep_blank_values=True))
    if rng.random() < 0.3:
        how, text = texts(rng, told[name])
        return Forged(f"signature text: {how}", _form({**told, name: text}))
    if desk.name == "unionpay" and rng.random() < 0.15:
        return _foreign(rng, desk, number)
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
        "another amount": lambda: {**told, amount: str(rng.randrange(1, 99999))},
        "another number": lambda: {**told, number: f"O{rng.randrange(10**27):028d}"[:29]},
    }
    how = rng.choice(list(changes))
    return Forged(how, _form(changes[how]()))


def _glued(told: Mapping[str, str], one: str, other: str) -> dict[str, str]:
    """One field put into its neighbour's value: the text that was signed may stay the same."""
    first, second = sorted((one, other))
    return {**{k: v for k, v in told.items() if k != second}, first: f"{told[first]}&{second}={told[second]}"}


def _foreign(rng: random.Random, desk: Any, number: str) -> Forged:
    """Rightly signed, under a certificate that is not UnionPay's."""
    key = fresh_key("a stranger's")
    made: dict[str, Callable[[], str]] = {
        "a certificate of one's own": lambda: certificate(OWNER, key),
        "a chain of one's own of the same names": lambda: certificate(OWNER, key, "UP OCA1", key),
        "under the root beside the middle": lambda: certificate(OWNER, key, "UP ROOT", fresh_key("up root")),
        "a merchant's under the true chain": lambda: certificate("041@SIM@777:SIGN@1", key, "UP OCA1", desk.middle_key),
        "an owner's name moved": lambda: certificate("041@00040000:SIGN@SIM@1", key, "UP OCA1", desk.middle_key),
        "an owner's name cut": lambda: certificate("00040000:SIGN", key, "UP OCA1", desk.middle_key),
        "run out": lambda: certificate(OWNER, key, "UP OCA1", desk.middle_key, days=(-60, -1)),
        "not valid yet": lambda: certificate(OWNER, key, "UP OCA1", desk.middle_key, days=(1, 60)),
        "no certificate": lambda: "nothing",
        "the true one over a stranger's signature": lambda: str(desk.leaf),
    }
    how = rng.choice(list(made))
    if (desk.name, how) not in _made:
        _made[desk.name, how] = made[how]()  # signing a certificate takes longer than all else
    return Forged(f"certificate: {how}", desk.notice(number, key=key, cert=_made[desk.name, how]))


_made: dict[tuple[str, str], str] = {}
FORGERS = {"wechat": forge_wechat, "alipay": forge_form, "unionpay": forge_form}


# ---- everybody's ----------------------------------------------------------------------------------------------------
def strangers(shop: CounterShop, provider: str, numbers: Mapping[str, str]) -> Iterator[Forged]:
    """Another merchant's valid notice, another provider's, one at another's door, and one signed by nobody we know."""
    desk, number = shop.desks[provider], numbers[provider]
    yield Forged("a stranger's signature", desk.stranger(number))
    _make_other(provider)
    other = _others[provider]
    other.now, other.book = shop.now, desk.book
    yield Forged("another merchant's valid notice", other.notice(number))
    for neighbour in PROVIDERS:
        if neighbour != provider:
            foreign = shop.desks[neighbour].notice(numbers[neighbour])
            yield Forged(
                f"{neighbour}'s valid notice at this door", foreign, media=MEDIA.get(provider, MEDIA["alipay"])
            )
            yield Forged(
                f"{neighbour}'s valid notice, its own medium", foreign, media=MEDIA.get(neighbour, MEDIA["alipay"])
            )
    yield Forged("no body", RawNotify(desk.notice(number).headers, b""))
    yield Forged("no headers", RawNotify({}, desk.notice(number).body if provider == "wechat" else b"a=1"))
    yield Forged("another medium", desk.notice(number), media="text/plain")
    yield Forged("too large", RawNotify(desk.notice(number).headers, desk.notice(number).body + b" " * 300_000))


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
    yield Forged("blank fields more", _form([*told, ("zzz", ""), ("refund_fee", "")]))
    yield Forged(
        "every letter percent-encoded", RawNotify({}, "&".join(f"{k}={_percent(v)}" for k, v in told).encode())
    )
    yield Forged("blanks as plus", RawNotify({}, urlencode(told).encode()))


def _percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _form(told: Any) -> RawNotify:
    return RawNotify({}, urlencode(told, quote_via=quote, safe="").encode())


# ---- the run --------------------------------------------------------------------------------------------------------
def refused_rightly(provider: str, answer: Answer) -> str:
    """What is wrong with this answer to a forged notice, if anything."""
    if answer.wrote:
        return "something was written"
    if not 400 <= answer.status < 500:
        return f"answered {answer.status}"
    if answer.status in (413, 415, 422):  # never came to the adapter: another medium, too large
        return ""
    if provider == "wechat" and json.loads(answer.body).get("code") != "FAIL":
        return f"answered {answer.body[:60]!r}, which WeChat does not know"
    if provider != "wechat" and answer.body != "fail":
        return f"answered {answer.body[:60]!r} instead of fail"
    counted = {name: count for name, count in answer.counted.items() if name.startswith("Notice")}
    if counted not in ({f"NoticeForged {provider}": 1}, {f"NoticeMalformed {provider}": 1}):
        return f"counted as {counted}"
    return ""


def prove(each: int, seed: int = SEED) -> Forgeries:
    """So many forged notices of each provider, and the rest of this file once."""
    result, begun = Forgeries(), time.process_time()
    shop = CounterShop()
    with shop.standing():
        shop.stock()
        order = shop.order()
        numbers = {name: shop.attempt(order, name) for name in PROVIDERS}
        for name, number in numbers.items():
            shop.desks[name].pay(number)
        start, tables = shop.snapshot(), shop.tables()
        for name, number in numbers.items():
            shop.restore(start)
            _forge(shop, name, numbers, each, seed, result)
            if shop.tables() != tables:
                result.wrong(f"{name}:{seed}", "the tables are not as they were")
            _unsigned(shop, start, name, number, seed, result)
            _late(shop, start, name, order, number, result)
            _replayed(shop, start, name, number, result)
    result.seconds = time.process_time() - begun
    return result


def replay(name: str, seed: str, turn: str = "") -> list[str]:
    """One forged notice again, as a report names it; what has no number is all run again."""
    if not turn.isdigit():
        return [what for broken, found in prove(0).violations.items() if f":{name}:" in broken for what in found]
    result, shop = Forgeries(), CounterShop()
    with shop.standing():
        shop.stock()
        order = shop.order()
        numbers = {one: shop.attempt(order, one) for one in PROVIDERS}
        for one, number in numbers.items():
            shop.desks[one].pay(number)
        _forge(shop, name, numbers, int(turn) + 1, int(seed), result, only=int(turn))
    return [what for found in result.violations.values() for what in found]


def _forge(
    shop: CounterShop, name: str, numbers: Mapping[str, str], each: int, seed: int, result: Forgeries, only: int = -1
) -> None:
    fixed, number = list(strangers(shop, name, numbers)), numbers[name]
    kinds = result.kinds.setdefault(name, {})
    for turn in range(each) if only < 0 else (only,):
        rng = random.Random(f"{seed}/{name}/{turn}")
        forged = fixed[turn] if turn < len(fixed) else FORGERS[name](rng, shop.desks[name], number, shop.stamp)
        answer = shop.deliver(ROUTES[name, "refund" if rng.random() < 0.1 else "pay"], forged.notice, forged.media)
        kinds[forged.how] = kinds.get(forged.how, 0) + 1
        if wrong := refused_rightly(name, answer):
            result.wrong(f"{name}:{seed}:{turn}", f"{forged.how}: {wrong}")
    result.tried[name] = each


def _unsigned(shop: CounterShop, start: Any, name: str, number: str, seed: int, result: Forgeries) -> None:
    """What is not signed changes nothing of what a genuine notice brings about, to the last stored letter."""
    shop.restore(start)
    genuine = shop.desks[name].notice(number)
    answer = shop.deliver(ROUTES[name, "pay"], genuine)
    wanted, said = shop.tables(), (answer.status, answer.body)
    if not answer.wrote or answer.status >= 300:
        result.wrong(f"{name}:genuine", f"the genuine notice was answered {answer.status}: nothing is proved")
    for changed in harmless(name, genuine, random.Random(seed)):
        shop.restore(start)
        answer = shop.deliver(ROUTES[name, "pay"], changed.notice)
        result.harmless += 1
        if (answer.status, answer.body) != said or shop.tables() != wanted:
            result.wrong(f"{name}:{changed.how}", f"ended otherwise than the genuine one ({answer.status})")


def _late(shop: CounterShop, start: Any, name: str, order: str, number: str, result: Forgeries) -> None:
    """Beyond five minutes WeChat's word is refused and counted; the completer asks, and the order is paid all the same."""
    if name != "wechat":
        return
    for seconds in (300, 301, 3600, 86_400, -300, -301, -86_400):
        shop.restore(start)
        answer = shop.deliver(ROUTES[name, "pay"], shop.desks[name].notice(number, stamp=shop.stamp - seconds))
        result.late += 1
        if wrong := refused_rightly(name, answer):
            result.wrong(f"wechat:late {seconds}", wrong)
        shop.desks["alipay"].book.clear()
        shop.desks["unionpay"].book.clear()
        shop.settle()
        if shop.state_of(order) != "paid":
            result.wrong(f"wechat:late {seconds}", f"the completer left the order {shop.state_of(order)}")


def _replayed(shop: CounterShop, start: Any, name: str, number: str, result: Forgeries) -> None:
    """The very same notice again: acknowledged, and nothing is written; without a window also months later."""
    shop.restore(start)
    genuine = shop.desks[name].notice(number)
    first = shop.deliver(ROUTES[name, "pay"], genuine)
    for days in (0, 0, 1, 34, 100, 200):
        shop.advance(days=days)
        if name == "wechat" and days:
            genuine = shop.desks[name].notice(number)  # WeChat signs each sending anew
        answer = shop.deliver(ROUTES[name, "pay"], genuine)
        result.replays += 1
        if answer.wrote or (answer.status, answer.body) != (first.status, first.body):
            result.wrong(
                f"{name}:replay", f"answered {answer.status}, {'written' if answer.wrote else 'nothing written'}"
            )
        if days >= 34:  # the journal's row may have gone by now
            _forget_the_journal(shop)


def _forget_the_journal(shop: CounterShop) -> None:
    shop.cloud.engine.tables["jishi-journal"].items.clear()


if __name__ == "__main__":
    done = prove(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
    sys.stdout.write(json.dumps(done.as_data(), ensure_ascii=False, indent=1) + "\n" + done.text() + "\n")
    for broken, what in list(done.violations.items())[:40]:
        sys.stdout.write(f"  {broken}: {what[0]}\n")
    sys.exit(1 if done.violations else 0)
