"""The trading line at random: buyers, providers, staff and the post do what they like, with faults, for as long as wanted.

A hypothesis state machine draws deliveries, repetitions, reorderings, clock jumps, outages and faults; a reference of a
few lines knows only what buyers gave, got and were told, and must agree once everything has come to rest. A batch is
one seed; the same seed makes the same failure: `python -m tests.hardening.proof --replay model:SEED:WORLD`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chalicelib.records.inventory.model import Stock, sku_of
from chalicelib.records.orders.model import Order
from chalicelib.records.payments.model import Refund
from tests.hardening.proof import trade
from tests.hardening.proof.crash import WORLDS
from tests.hardening.proof.faults import MODES, Injector
from tests.hardening.proof.hook import HOOK
from tests.hardening.proof.scenario import Answer, Step, deliver, refused

EXAMPLES, STEPS = 25, 40  # of one batch: about a thousand deliveries
WHO, PROVIDER, ATTEMPT = (
    st.sampled_from("abcdefghjk"),
    st.sampled_from(["wechat", "alipay", "unionpay"]),
    st.integers(1, 2),
)
FAULT = st.one_of(st.none(), *[st.tuples(st.integers(0, most), st.sampled_from(sorted(MODES))) for most in (0, 2, 5)])
_failures: dict[str, list[str]] = {}


class Counts:
    """What a run of the simulation did."""

    def __init__(self) -> None:
        self.deliveries = self.faults = self.examples = 0
        self.sites: set[str] = set()


COUNTS = Counts()
_stage: list[Any] = []
_world = [WORLDS[0]]


def stage() -> tuple[Any, Any]:
    """One stage for all examples, and the state each begins with."""
    if not _stage:
        made = trade.Trade()
        _stage.extend([made, made.snapshot()])
    return _stage[0], _stage[1]


def reference(shop: Any) -> Iterable[str]:
    """What must be true of a shop at rest, told without its books: goods for money, money back for no goods."""
    states = {row.id: row for row in shop.rows(Order)}
    left = dict(trade.STOCK)
    for who, basket in trade.BASKETS.items():
        order = states.get(trade.order_id(who))
        goods = order is not None and order.state == "paid"
        given = sum(one.amount for number, one in shop.till.captured.items() if number[:-2] == trade.order_id(who))
        back = sum(shop.till.given_back(n) for n in shop.till.captured if n[:-2] == trade.order_id(who))
        if goods:
            back_units = units_back(shop, trade.order_id(who))
            for (sku, count), gone in zip(basket, back_units or [0] * len(basket), strict=True):
                left[sku] -= count - gone
            if given - back > int(order.payable) or given < int(order.payable):
                yield f"buyer {who} has the goods, gave {given} and got {back} back of {int(order.payable)} fen"
        elif given != back:
            yield f"buyer {who} has no goods, gave {given} fen and got {back} back"
        if shop.notes.get("told", {}).get(f"place {who}") and order is None:
            yield f"buyer {who} holds a receipt for an order that is not there"
    for sku, count in left.items():
        here = sum(
            int(row.available) for row in shop.rows(Stock) if row.part.startswith("b") and sku_of(row.place) == sku
        )
        if here != count:
            yield f"{here} of {sku} are available, {count} should be"
    for row in shop.rows(Refund):
        if row.state in ("requested", "processing"):
            yield f"refund {row.id} never came to an end"


def units_back(shop: Any, order_id: str) -> list[int]:
    """The units of each line whose money the till gave back of the payment that its order was paid by."""
    paid_by = next(row.payment for row in shop.rows(Order) if row.id == order_id)
    back = (
        name for name, (attempt, _, state) in shop.till.refunds.items() if (attempt, state) == (paid_by, "SUCCEEDED")
    )
    given = {name.split("@")[0] for name in back}
    units = [json.loads(row.units) for row in shop.rows(Refund) if row.id in given and row.units]
    return [sum(counts) for counts in zip(*units, strict=True)]


class TradingLine(RuleBasedStateMachine):
    """Everything that may happen at the doors, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.shop, start = stage()
        self.standing = self.shop.standing()
        self.standing.__enter__()
        self.shop.restore(start)
        self.shop.cloud.engine.remembers = _world[0] == "remembered"
        self.pending: list[Step] = []
        self.asked: list[str] = []
        self.checked = 0
        COUNTS.examples += 1

    def happens(self, step: Step, fault: tuple[int, str] | None) -> Answer:
        """One delivery, perhaps with a fault; what got no answer stays with its sender."""
        COUNTS.deliveries += 1
        engine = self.shop.cloud.engine

        def lag(writes: int) -> None:
            engine.lag = writes

        injector = Injector(*fault, lag, 3) if fault else None
        with HOOK.held(injector):
            answer = deliver(self.shop, step, COUNTS.deliveries)
        if injector is not None and injector.fired:
            COUNTS.faults += 1
            COUNTS.sites.add(injector.site)
        if not answer.told:
            self.pending.append(step)
        elif not refused(answer.value):
            self.shop.notes.setdefault("told", {})[step.name] = True
        return answer

    @rule(who=WHO, fault=FAULT)
    def place(self, who: str, fault: Any) -> None:
        self.happens(trade.place(who), fault)

    @rule(who=WHO, provider=PROVIDER, fault=FAULT)
    def start(self, who: str, provider: str, fault: Any) -> None:
        self.happens(trade.start(who, provider), fault)

    @rule(who=WHO, provider=PROVIDER, faults=st.tuples(FAULT, FAULT, FAULT))
    def buys(self, who: str, provider: str, faults: Any) -> None:
        """The way it should go, with trouble at any step of it."""
        self.happens(trade.place(who), faults[0])
        self.happens(trade.start(who, provider), faults[1])
        self.happens(trade.pays(who), None)
        self.happens(self._notice(who, 1), faults[2])

    @rule(who=WHO, provider=PROVIDER, faults=st.tuples(FAULT, FAULT))
    def nearly_buys(self, who: str, provider: str, faults: Any) -> None:
        """A buyer who has not paid yet."""
        self.happens(trade.place(who), faults[0])
        self.happens(trade.start(who, provider), faults[1])

    @rule(faults=st.lists(FAULT, min_size=4, max_size=4), again=st.booleans())
    def post_comes(self, faults: list[Any], again: bool) -> None:
        """The relay, and the first message of every queue."""
        self.relay_with(faults[0])
        for name, fault in zip(("ordering", "paying", "paying"), faults[1:], strict=True):
            self.work_with(name, 0, again, fault)

    @rule(who=WHO, attempt=ATTEMPT, fault=FAULT)
    def pays_and_is_told(self, who: str, attempt: int, fault: Any) -> None:
        self.happens(trade.pays(who, attempt), None)
        self.happens(self._notice(who, attempt), fault)

    @rule(who=WHO, attempt=ATTEMPT)
    def pays_in_silence(self, who: str, attempt: int) -> None:
        self.happens(trade.pays(who, attempt), None)

    @rule(who=WHO, attempt=ATTEMPT, fault=FAULT)
    def notice(self, who: str, attempt: int, fault: Any) -> None:
        self.happens(self._notice(who, attempt), fault)

    def _notice(self, who: str, attempt: int) -> Step:
        row = self.shop.cloud.engine.tables["jishi-payments"].items.get((f"{trade.order_id(who)}{attempt:02d}",))
        return trade.notice(who, attempt, row["v"]["S"] if row else "wechat")

    @rule(who=WHO, fault=FAULT)
    def cancel(self, who: str, fault: Any) -> None:
        self.happens(trade.cancel(who), fault)

    @rule(minutes=st.sampled_from([1, 1, 2, 5, 15, 31]), fault=FAULT)
    def time_passes(self, minutes: int, fault: Any) -> None:
        self.shop.advance(minutes=minutes)
        self.shop._deliver_due()

    @rule(fault=FAULT)
    def relay(self, fault: Any) -> None:
        self.relay_with(fault)

    def relay_with(self, fault: Any) -> None:
        self.happens(Step("relay", lambda shop: shop.relay()), fault)

    @rule(name=st.sampled_from(["ordering", "paying"]), place=st.integers(0, 5), again=st.booleans(), fault=FAULT)
    def work(self, name: str, place: int, again: bool, fault: Any) -> None:
        """Any message of the queue, not only the first, and perhaps not for the last time."""
        self.work_with(name, place, again, fault)

    def work_with(self, name: str, place: int, again: bool, fault: Any) -> None:
        self.shop.route()
        queue = self.shop.post.queues.get(name, [])
        if queue:
            queue.insert(0, queue.pop(place % len(queue)))
            self.happens(Step(f"worker {name}", lambda shop: shop.work(name, keep=again) and None), fault)
            if self.pending and self.pending[-1].name.startswith("worker"):
                self.pending.pop()  # the message itself has stayed in its queue

    @rule(deaf=st.booleans())
    def outage(self, deaf: bool) -> None:
        self.shop.till.deaf = deaf

    @rule(who=WHO, part=st.booleans(), fault=FAULT)
    def ask_back(self, who: str, part: bool, fault: Any) -> None:
        name = f"ask {who} {len(self.asked)}"
        self.asked.append(name)
        self.happens(trade.ask_back(who, name, [(0, 1)] if part else None), fault)

    @rule(number=st.integers(0, 5), approved=st.booleans(), fault=FAULT)
    def decide(self, number: int, approved: bool, fault: Any) -> None:
        if self.asked:
            asked = self.asked[number % len(self.asked)]
            self.happens(trade.decide(asked, f"decide {asked} {approved}", approved), fault)

    @rule(number=st.integers(0, 9), fault=FAULT)
    def once_more(self, number: int, fault: Any) -> None:
        """A sender without an answer tries again."""
        if self.pending:
            self.happens(self.pending.pop(number % len(self.pending)), fault)

    @invariant()
    def balances(self) -> None:
        written = len(self.shop.cloud.engine.log)
        if written != self.checked:
            self.checked = written
            wrong = trade.audit(self.shop, False)
            assert not wrong, wrong

    def teardown(self) -> None:
        """Everybody gets an answer, everything comes that comes by itself, and the reference must agree."""
        try:
            if _failing():
                return
            self.shop.till.deaf = False
            self.shop.advance(minutes=2)  # a provider that was silent is left in peace for a while
            for step in list(self.pending):
                answer = deliver(self.shop, step, COUNTS.deliveries + 1)
                COUNTS.deliveries += 1
                assert answer.told, f"{step.name} still fails: {answer.failure}"
            before = self.shop.post.handled
            trade.settle(self.shop)
            self._decide_all()
            trade.settle(self.shop)
            COUNTS.deliveries += self.shop.post.handled - before
            wrong = [*trade.audit(self.shop, True), *reference(self.shop)]
            assert not wrong, wrong
        finally:
            self.standing.__exit__(None, None, None)

    def _decide_all(self) -> None:
        """Finance decides whatever still waits."""
        for asked in self.asked:
            deliver(self.shop, trade.decide(asked, f"last word on {asked}"))


def _failing() -> bool:
    import sys

    return sys.exc_info()[1] is not None


def batch(number: int, world: str) -> list[str]:
    """One seed's examples; answers what went wrong."""
    _world[0] = world
    machine: Callable[..., Any] = seed(number)(TradingLine)
    profile = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(machine, settings=profile)  # type: ignore[no-untyped-call]  # hypothesis' own
    except AssertionError as wrong:
        return [str(wrong)[:2000]]
    return []


def simulate(deliveries: int, first: int = 1) -> dict[str, float]:
    """Batches until so many deliveries are reached, in both token worlds by turns."""
    global COUNTS
    COUNTS, begun, number = Counts(), time.process_time(), first
    _failures.clear()
    while COUNTS.deliveries < deliveries and len(_failures) < 5:
        world = WORLDS[number % 2]
        wrong = batch(number, world)
        if wrong:
            _failures[f"model:{number}:{world}"] = wrong
        number += 1
    return {
        "deliveries": COUNTS.deliveries,
        "faults": COUNTS.faults,
        "examples": COUNTS.examples,
        "seeds": number - first,
        "seconds": round(time.process_time() - begun, 1),
    }


def failures() -> dict[str, list[str]]:
    """What the last simulation found, by the words that replay it."""
    return dict(_failures)


def replay(number: int, world: str) -> list[str]:
    """One batch again."""
    return batch(number, world)
