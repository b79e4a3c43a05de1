"""Money folding (I8): whatever order a provider's facts come in, and however often, the money ends in the same place.

For each state that an order can be in and each choice of up to five facts about it (success, duplicate, close, failure,
another amount, refund, late success of another attempt) every permutation is played through the real webhook, or, where
a provider tells it only when asked, through the code that takes the answer. Orders, payments, refunds and stock must
come out equal, at once and again when everything that follows by itself has run.

Permutations that have reached the very same tables go on as one, which loses nothing: what happens next depends on
nothing else. Which of two payments for one order is kept is the one that came first; the sums are the same.

    python -m tests.hardening.proof.folding 5        with choices of up to so many facts
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, NamedTuple

from chalicelib.processes.ordering.service.close_order import expire_order, undo
from chalicelib.processes.paying.service.complete_payment import poll
from chalicelib.processes.paying.service.settle_payment import settle_payment
from chalicelib.processes.refunding.service.refund_order import take_refund_news
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import service as orders
from chalicelib.records.orders.events import OrderPayDue
from chalicelib.records.payments.rules import PaymentSnapshot, RefundSnapshot
from chalicelib.records.payments.service import attempts
from chalicelib.runtime.caller import ANYONE
from chalicelib.runtime.work import AlreadyCommitted, Work
from tests.hardening.proof.counter import ROUTES, SHOP, SKU, STOCK, CounterShop

OTHER = {"wechat": "alipay", "alipay": "unionpay", "unionpay": "wechat"}
MOST = 5
UNDER_WAY = ("requested", "processing", "succeeded")


class Fact(NamedTuple):
    """One thing that a provider tells; `repeat` marks the same thing told again."""

    name: str
    tell: Callable[[Case], None]


@dataclass(frozen=True)
class Base:
    """A state that an order is in when the facts come, how it got there, and the facts that can come then."""

    name: str
    reach: Callable[[Case], None]
    facts: Sequence[str]


@dataclass
class Case:
    """One shop with one order and two attempts: `first` at the provider in question, `second` at another one."""

    shop: CounterShop
    provider: str
    order: str = ""
    first: str = ""
    second: str = ""
    backs: list[str] = field(default_factory=list)


@dataclass
class Folding:
    """What a run came to."""

    cases: int = 0
    choices: int = 0
    permutations: int = 0
    played: int = 0
    ends: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def as_data(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "choices": self.choices,
            "permutations": self.permutations,
            "played": self.played,
            "ends": self.ends,
            "violations": len(self.violations),
            "seconds": round(self.seconds, 1),
        }

    def text(self) -> str:
        return (
            f"money folding: {self.permutations:,} permutations of {self.choices:,} choices of facts over {self.cases}"
            f" order states and providers, {self.played:,} deliveries; {len(self.violations)} violations"
        )


# ---- facts ----------------------------------------------------------------------------------------------------------
def _notice(case: Case, provider: str, what: str, notice: Any) -> None:
    answer = case.shop.deliver(ROUTES[provider, what], notice)
    if answer.status >= 300:
        raise AssertionError(f"{provider}'s notice was answered {answer.status} {answer.body}")


def _looked(case: Case) -> None:
    """The completer asks and is told that it is paid."""
    if poll(attempts.find(case.first), Work(SHOP, "query")) in ("nothing", "missing", "unreachable"):
        raise AssertionError(f"{case.provider} did not say that it is paid")


def _asked(case: Case, status: Any) -> None:
    """What the completer may learn, although the provider has the money by now."""
    news = PaymentSnapshot(case.first, status, evidence="query")
    try:
        settle_payment(case.provider, news, Work(SHOP, "query"))
    except AlreadyCommitted:
        raise AssertionError("a work without a key was done before") from None


def _success(case: Case) -> None:
    _notice(case, case.provider, "pay", case.shop.fakes[case.provider].notice(case.first))


def _close(case: Case) -> None:
    if case.provider == "alipay":
        _notice(case, "alipay", "pay", case.shop.fakes["alipay"].notice(case.first, trade_status="TRADE_CLOSED"))
    else:
        _asked(case, "CLOSED")


def _wrong(case: Case) -> None:
    _notice(case, case.provider, "pay", case.shop.fakes[case.provider].wrong_amount(case.first))


def _late(case: Case) -> None:
    other = OTHER[case.provider]
    _notice(case, other, "pay", case.shop.fakes[other].notice(case.second))


def _back(number: int) -> Callable[[Case], None]:
    def tell(case: Case) -> None:
        fake = case.shop.fakes[case.provider]
        _notice(case, case.provider, "refund", fake.refund_notice(case.first, case.backs[number]))

    return tell


def _back_is(status: Any) -> Callable[[Case], None]:
    def tell(case: Case) -> None:
        take_refund_news(case.provider, RefundSnapshot(case.backs[0], status, evidence="query"), Work(SHOP, "query"))

    return tell


def _expire(case: Case) -> None:
    expire_order(OrderPayDue(case.order), Work(ANYONE, "expire"))


FACTS: Mapping[str, Callable[[Case], None]] = {
    "success": _success,
    "success again": _success,
    "success when asked": _looked,
    "close": _close,
    "failure": lambda case: _asked(case, "FAILED"),
    "another amount": _wrong,
    "pending": lambda case: _asked(case, "PENDING"),
    "late success of another": _late,
    "late success of another again": _late,
    "refund": _back(0),
    "refund again": _back(0),
    "second refund": _back(1),
    "refund on its way": _back_is("PROCESSING"),
    "refund failed": _back_is("FAILED"),
    "refund stuck": _back_is("ABNORMAL"),
    "time is over": _expire,
}  # fmt: skip


# ---- states of an order ---------------------------------------------------------------------------------------------
def _placed(case: Case) -> None:
    shop = case.shop
    case.order = shop.order()
    case.first = shop.attempt(case.order, case.provider)
    case.second = shop.attempt(case.order, OTHER[case.provider])
    for provider, number in ((case.provider, case.first), (OTHER[case.provider], case.second)):
        shop.fakes[provider].pay(number)


def _alone(case: Case) -> None:
    case.order = case.shop.order()
    case.first = case.shop.attempt(case.order, case.provider)
    case.shop.fakes[case.provider].pay(case.first)
    case.shop.advance(minutes=31)


def _closed(action: str) -> Callable[[Case], None]:
    def reach(case: Case) -> None:
        _placed(case)
        order, work = orders.find(case.order), Work(SHOP, "setup")
        undo(order, action, work, by="customer" if action == "cancel" else "")
        work.commit()

    return reach


def _sold_out(case: Case) -> None:
    _closed("expire")(case)
    work = Work(SHOP, "setup")
    work.add(*stock_steps.hold([(SKU, 0, STOCK)]))
    work.commit()


def _paid(case: Case) -> None:
    _placed(case)
    _success(case)


def _going_back(*shares: int) -> Callable[[Case], None]:
    """Paid, and so many parts of 36 of it are on their way back (all of them, if they are all)."""

    def reach(case: Case) -> None:
        _paid(case)
        captured = int(attempts.find(case.first).captured)
        case.backs += [case.shop.give_back(case.first, captured * share // 36) for share in shares]

    return reach


def _annulled(case: Case) -> None:
    _going_back(36)(case)
    _back(0)(case)


MONEY = (
    "success",
    "success again",
    "success when asked",
    "close",
    "failure",
    "another amount",
    "late success of another",
)
AFTER = ("success again", "success when asked", "close", "failure", "another amount", "pending", "late success of another",
         "late success of another again")  # fmt: skip
BACK = ("refund", "refund again", "refund on its way", "refund failed", "refund stuck", "close", "success again",
        "late success of another")  # fmt: skip
BASES = (
    Base("placed", _placed, (*MONEY, "pending")),
    Base("placed, its time over", _alone, ("success", "success again", "success when asked", "pending", "time is over")),
    Base("expired", _closed("expire"), MONEY),
    Base("cancelled", _closed("cancel"), MONEY),
    Base("expired and sold out", _sold_out, MONEY),
    Base("paid", _paid, AFTER),
    Base("paid, a part going back", _going_back(12), BACK),
    Base("paid, all of it going back", _going_back(36), BACK),
    Base("annulled", _annulled, (*AFTER, "refund again")),
    Base("paid, all of it going back in two parts", _going_back(12, 24),
         ("refund", "refund again", "second refund", "close", "success again", "late success of another")),
)  # fmt: skip


# ---- the run --------------------------------------------------------------------------------------------------------
@dataclass
class _Node:
    """One state of the tables, a way to it, and how many permutations lead there."""

    saved: Any
    way: tuple[str, ...]
    ways: int


def came_to(shop: CounterShop, *, moving: bool = False) -> Any:
    """Where the money is: nameless where two attempts of one order can take each other's place.

    `moving`: what goes back of itself is under way at one provider when it has arrived at another; both are going back.
    """
    books = shop.books()
    back = [
        (amount, "going back" if moving and cause in ("double", "late") and state in UNDER_WAY else state)
        for _, amount, state, cause in books["refunds"]
    ]
    return {
        "orders": [(state, payment is not None, back) for _, state, payment, back in books["orders"]],
        "payments": sorted((state, captured, spent) for _, state, captured, spent, _ in books["payments"]),
        "refunds": sorted(back),
        "stock": books["stock"],
    }


def _name(shop: CounterShop) -> str:
    told = repr(
        (shop.tables(), sorted(shop.drawn.items()), [keeper.snapshot() for keeper in shop.keepers[1:]], shop.at)
    )
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def _afterwards(shop: CounterShop) -> Any:
    """What it comes to when relay, queues and workers have done what follows by itself."""
    with shop.speaking("afterwards"):
        for _ in range(8):
            before = shop.mark()
            shop.relay()
            shop.route()
            for name in shop.consumers:
                while shop.post.queues.get(name):
                    shop.work(name)
            if shop.mark() == before:
                break
    return came_to(shop, moving=True)


def fold(case: Case, base: Base, most: int, result: Folding) -> None:
    """Every permutation of every choice of up to `most` facts from one state."""
    shop = case.shop
    reached: dict[frozenset[str], dict[str, _Node]] = {frozenset(): {_name(shop): _Node(shop.snapshot(), (), 1)}}
    for size in range(1, min(most, len(base.facts)) + 1):
        for choice in combinations(base.facts, size):
            told, ends = frozenset(choice), dict[str, _Node]()
            for last in choice:
                for node in reached[told - {last}].values():
                    shop.restore(node.saved)
                    with shop.speaking(last):
                        FACTS[last](case)
                    result.played += 1
                    name = _name(shop)
                    if name in ends:
                        ends[name].ways += node.ways
                    else:
                        ends[name] = _Node(shop.snapshot(), (*node.way, last), node.ways)
            reached[told] = ends
            result.choices += 1
            result.permutations += sum(node.ways for node in ends.values())
            _compare(case, base, ends, result)
        for choice in combinations(base.facts, size - 1):
            reached.pop(frozenset(choice))


def _compare(case: Case, base: Base, ends: Mapping[str, _Node], result: Folding) -> None:
    shop, seen = case.shop, dict[str, tuple[str, ...]]()
    for node in ends.values():
        shop.restore(node.saved)
        now = came_to(shop)
        seen.setdefault(repr((now, _afterwards(shop))), node.way)
        result.ends += 1
        if trouble := _unsound(shop):
            result.violations[f"folding:{case.provider}:{base.name}:{','.join(node.way)}"] = trouble
    if len(seen) > 1:
        ways = list(seen.items())
        found = [f"{', '.join(way)} came to {what}" for what, way in ways]
        result.violations[f"folding:{case.provider}:{base.name}:{','.join(ways[1][1])}"] = found


def _unsound(shop: CounterShop) -> list[str]:
    """What no order of facts may bring about."""
    books = shop.books()
    found = [
        f"{name}: {spent} fen go back of {captured}"
        for name, _, captured, spent, _ in books["payments"]
        if spent > captured
    ]
    kept = {payment for _, state, payment, _ in books["orders"] if payment and state in ("paid", "annulled")}
    for name, state, captured, spent, _ in books["payments"]:
        if state == "paid" and name not in kept and spent != captured:
            found.append(f"{name}: {captured} fen are neither an order's nor on their way back")
    return found


def replay(provider: str, name: str, way: str) -> list[str]:
    """One order of facts again, beside all others of the same facts, as a report names it."""
    facts = tuple(way.split(","))
    base = next(one for one in BASES if one.name == name)
    found = prove(len(facts), (provider,), (Base(base.name, base.reach, facts),)).violations
    return [what for broken in found.values() for what in broken]


def prove(most: int = MOST, providers: Sequence[str] = tuple(OTHER), bases: Sequence[Base] = BASES) -> Folding:
    """All states, all providers."""
    result, begun = Folding(), time.process_time()
    shop = CounterShop()
    with shop.standing():
        shop.stock()
        empty = shop.snapshot()
        for provider in providers:
            for base in bases:
                shop.restore(empty)
                case = Case(shop, provider)
                base.reach(case)
                fold(case, base, most, result)
                result.cases += 1
    result.seconds = time.process_time() - begun
    return result


if __name__ == "__main__":
    done = prove(int(sys.argv[1]) if len(sys.argv) > 1 else 3, sys.argv[2:] or tuple(OTHER))
    sys.stdout.write(json.dumps(done.as_data(), indent=1) + "\n" + done.text() + "\n")
    for broken, what in list(done.violations.items())[:12]:
        sys.stdout.write(f"  {broken}\n" + "".join(f"    {one}\n" for one in what))
    sys.exit(1 if done.violations else 0)
