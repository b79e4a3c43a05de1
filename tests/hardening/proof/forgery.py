"""Forged notices: each provider's genuine notice, changed in every way that ought to end it, through the front door.

None may write a byte anywhere; each is answered as its provider expects (so that a genuine one would come again) and
counted. Changes of what is not signed end exactly as the genuine notice does. A genuine notice that comes late is
refused by WeChat's window, and the completer finds the payment; Alipay and UnionPay have no window, so there a replay is
acknowledged with no second effect.

    python -m tests.hardening.proof.forgery 10000        so many of each provider
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.records.payments.providers.port import RawNotify
from tests.hardening.proof.counter import ROUTES, Answer, CounterShop
from tests.hardening.proof.forgers import FORGERS, PROVIDERS, harmless, strangers

SEED = 20261123


@dataclass
class Forgeries:
    """What a run came to."""

    tried: dict[str, int] = field(default_factory=dict)
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    harmless: int = 0
    late: int = 0
    replays: int = 0
    others: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def wrong(self, name: str, what: str) -> None:
        self.violations.setdefault(f"forgery:{name}", []).append(what)

    def as_data(self) -> dict[str, Any]:
        return {
            "tried": self.tried,
            "kinds": self.kinds,
            "harmless": self.harmless,
            "late": self.late,
            "replays": self.replays,
            "meant_for_others": self.others,
            "violations": len(self.violations),
            "seconds": round(self.seconds, 1),
        }

    def text(self) -> str:
        each = ", ".join(f"{name} {count:,}" for name, count in self.tried.items())
        return (
            f"forged notices: {each}; harmless changes {self.harmless}, late ones {self.late}, replays {self.replays}, "
            f"meant for others {self.others}; "
            f"{len(self.violations)} violations"
        )


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


class Paying(NamedTuple):
    """What a provider has of ours: an open attempt that it has the money for, and a paid one with a refund on its way."""

    provider: str
    order: str
    open: str
    paid: str
    refund: str


def _opened(shop: CounterShop) -> dict[str, Paying]:
    """A shop in which every provider has something to tell."""
    shop.stock()
    order = shop.order()
    made = {}
    for name in PROVIDERS:
        number = shop.attempt(order, name)
        shop.fakes[name].pay(number)
        paid = shop.attempt(shop.order(), name)
        shop.fakes[name].pay(paid)
        shop.deliver(ROUTES[name, "pay"], shop.fakes[name].notice(paid))
        made[name] = Paying(name, order, number, paid, shop.give_back(paid, 1200))
    return made


def genuine_of(rng: random.Random, shop: CounterShop, paying: Paying) -> tuple[RawNotify, str]:
    """A genuine notice to begin with, and its route: of a payment, or each third time of a refund."""
    fake = shop.fakes[paying.provider]
    if rng.random() < 0.3:
        return fake.refund_notice(paying.paid, paying.refund), ROUTES[paying.provider, "refund"]
    if paying.provider == "alipay" and rng.random() < 0.5:
        return fake.notice(paying.open, v2=True), ROUTES["alipay", "pay"]
    return fake.notice(paying.open), ROUTES[paying.provider, "pay"]


def prove(each: int, seed: int = SEED) -> Forgeries:
    """So many forged notices of each provider, and the rest of this file once."""
    result, begun = Forgeries(), time.process_time()
    shop = CounterShop()
    with shop.standing():
        payings = _opened(shop)
        start, tables = shop.snapshot(), shop.tables()
        for name, paying in payings.items():
            shop.restore(start)
            _forge(shop, payings, name, each, seed, result)
            if shop.tables() != tables:
                result.wrong(f"{name}:{seed}", "the tables are not as they were")
            for what in ("pay", "refund"):
                _unsigned(shop, start, paying, what, seed, result)
                _replayed(shop, start, paying, what, result)
            _late(shop, start, paying, result)
            _meant_for_others(shop, start, paying, result)
    result.seconds = time.process_time() - begun
    return result


def replay(name: str, seed: str, turn: str = "") -> list[str]:
    """One forged notice again, as a report names it; what has no number is all run again."""
    if not turn.isdigit():
        return [what for broken, found in prove(0).violations.items() if f":{name}:" in broken for what in found]
    result, shop = Forgeries(), CounterShop()
    with shop.standing():
        _forge(shop, _opened(shop), name, int(turn) + 1, int(seed), result, only=int(turn))
    return [what for found in result.violations.values() for what in found]


def _forge(
    shop: CounterShop, payings: Mapping[str, Paying], name: str, each: int, seed: int, result: Forgeries, only: int = -1
) -> None:
    fixed = list(strangers(shop, name, {one: paying.open for one, paying in payings.items()}))
    kinds = result.kinds.setdefault(name, {})
    for turn in range(each) if only < 0 else (only,):
        rng = random.Random(f"{seed}/{name}/{turn}")
        genuine, route = genuine_of(rng, shop, payings[name])
        if turn < len(fixed):
            forged, route = fixed[turn], ROUTES[name, "pay"]
        else:
            forged = FORGERS[name](rng, shop.fakes[name], genuine, payings[name].open, shop.stamp)
        answer = shop.deliver(route, forged.notice, forged.media)
        kinds[forged.how] = kinds.get(forged.how, 0) + 1
        if wrong := refused_rightly(name, answer):
            result.wrong(f"{name}:{seed}:{turn}", f"{forged.how}: {wrong}")
    result.tried[name] = each


def _genuine(shop: CounterShop, paying: Paying, what: str) -> RawNotify:
    fake = shop.fakes[paying.provider]
    told: RawNotify = fake.notice(paying.open) if what == "pay" else fake.refund_notice(paying.paid, paying.refund)
    return told


def _unsigned(shop: CounterShop, start: Any, paying: Paying, what: str, seed: int, result: Forgeries) -> None:
    """What is not signed changes nothing of what a genuine notice brings about, to the last stored letter."""
    name, route = paying.provider, ROUTES[paying.provider, what]
    shop.restore(start)
    genuine = _genuine(shop, paying, what)
    answer = shop.deliver(route, genuine)
    wanted, said = shop.tables(), (answer.status, answer.body)
    if not answer.wrote or answer.status >= 300:
        result.wrong(f"{name}:genuine", f"the genuine notice was answered {answer.status}: nothing is proved")
    for changed in harmless(name, genuine, random.Random(seed)):
        shop.restore(start)
        answer = shop.deliver(route, changed.notice)
        result.harmless += 1
        if (answer.status, answer.body) != said or shop.tables() != wanted:
            result.wrong(f"{name}:{changed.how}", f"ended otherwise than the genuine one ({answer.status})")


def _late(shop: CounterShop, start: Any, paying: Paying, result: Forgeries) -> None:
    """Beyond five minutes WeChat's word is refused and counted; the completer asks, and the order is paid all the same."""
    if paying.provider != "wechat":
        return
    for seconds in (300, 301, 3600, 86_400, -300, -301, -86_400):
        shop.restore(start)
        notice = shop.fakes["wechat"].notice(paying.open, stamp=shop.stamp - seconds)
        answer = shop.deliver(ROUTES["wechat", "pay"], notice)
        result.late += 1
        if wrong := refused_rightly("wechat", answer):
            result.wrong(f"wechat:late {seconds}", wrong)
        for other in ("alipay", "unionpay"):
            shop.fakes[other].book.pop(next(n for n in shop.fakes[other].book if n[:-2] == paying.order))
        shop.settle()
        if shop.state_of(paying.order) != "paid":
            result.wrong(f"wechat:late {seconds}", f"the completer left the order {shop.state_of(paying.order)}")


def _replayed(shop: CounterShop, start: Any, paying: Paying, what: str, result: Forgeries) -> None:
    """The very same notice again: acknowledged, and nothing is written; without a window also months later."""
    name, route = paying.provider, ROUTES[paying.provider, what]
    shop.restore(start)
    genuine = _genuine(shop, paying, what)
    first = shop.deliver(route, genuine)
    for days in (0, 0, 1, 34, 100, 200):
        shop.advance(days=days)
        if name == "wechat" and days:
            genuine = _genuine(shop, paying, what)  # WeChat signs each sending anew
        answer = shop.deliver(route, genuine)
        result.replays += 1
        if answer.wrote or (answer.status, answer.body) != (first.status, first.body):
            result.wrong(
                f"{name}:replay", f"answered {answer.status}, {'written' if answer.wrote else 'nothing written'}"
            )
        if days >= 34:  # the journal's row may have gone by now
            _forget_the_journal(shop)


def _forget_the_journal(shop: CounterShop) -> None:
    shop.cloud.engine.tables["jishi-journal"].items.clear()


def _meant_for_others(shop: CounterShop, start: Any, paying: Paying, result: Forgeries) -> None:
    """Signed by our provider's own key, but of another merchant or in another currency: acknowledged, put before a person
    once, and no order, payment, refund or piece of stock moves."""
    fake, route = shop.fakes[paying.provider], ROUTES[paying.provider, "pay"]
    shop.restore(start)
    before = shop.books()
    for how, notice in (("merchant", fake.wrong_merchant(paying.open)), ("currency", fake.wrong_currency(paying.open))):
        shop.restore(start)
        told = [shop.deliver(route, notice) for _ in range(3)]
        after = shop.books()
        cases = [case for case in after["cases"] if case not in before["cases"]]
        result.others += len(told)
        if {**after, "cases": before["cases"]} != before or [kind for kind, *_ in cases] != [how]:
            result.wrong(f"{paying.provider}:another {how}", f"moved something, or opened {cases}")
        if any(answer.status >= 300 for answer in told) or told[1].wrote or told[2].wrote:
            result.wrong(f"{paying.provider}:another {how}", "was not acknowledged, or written twice")


if __name__ == "__main__":
    done = prove(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
    sys.stdout.write(json.dumps(done.as_data(), ensure_ascii=False, indent=1) + "\n" + done.text() + "\n")
    for broken, what in list(done.violations.items())[:40]:
        sys.stdout.write(f"  {broken}: {what[0]}\n")
    sys.exit(1 if done.violations else 0)
