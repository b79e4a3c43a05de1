"""The hands of a crowd's shop: planners in pairs, expanders and senders at once, each stopping in front of each of its calls; who
goes next is chosen at random, and so is who dies there, whose answer is lost, and what comes a second time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from greenlet import getcurrent, greenlet

from chalicelib.processes.campaigns import consumers
from chalicelib.processes.notifying.service import Outcome, Wanted, send_all
from chalicelib.records.identity.accounts.service import accounts, consents
from chalicelib.records.messages.model import InboxMessage
from chalicelib.records.touches.model import Touch
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work
from tests.hardening.crowd.people import INBOX, NAME, SMS, SPRING, Crowd, Person
from tests.hardening.proof.hook import HOOK, Call, Effect, Killed, Lost, Reply
from tests.hardening.proof.shop import hand_over

HANDS = 4
KILLS, LOSSES = 1 / 400, 1 / 400  # of calls
AGAIN = 1 / 20  # of deliveries
TICK, HOUR = timedelta(minutes=5), timedelta(hours=1)
BLAST = 50  # people of a blast in one go


class Job(NamedTuple):
    """What a hand is given: its name and what it does. It comes again until it was done."""

    name: str
    act: Callable[[], None]


class Hand:
    """One process, with one job."""

    def __init__(self, job: Job, voice: str) -> None:
        self.job, self.voice = job, voice
        self.dead = self.done = self.failed = False
        self.fiber: Any = None


class Turmoil:
    """A shop whose processes race and die."""

    def __init__(self, shop: Crowd, *, kills: float = KILLS, losses: float = LOSSES, again: float = AGAIN) -> None:
        self.shop, self.chances = shop, (kills, losses, again)
        self.main, self.present = getcurrent(), None
        self.jobs: list[Job] = []
        self.told: Counter[str] = Counter()  # kills, losses, deliveries, and calls by operation
        self.held: dict[str, datetime] = {}  # people of the blast, and when they are asked for again
        self.left: dict[str, tuple[str, int]] = {}  # who withdrew or came, and what they had got by then
        self.swept = shop.at
        self.past: list[Job] = []  # some of what was done, to come once more much later

    # -- one call, one delivery -----------------------------------------------------------------------------------
    def _handler(self, call: Call, effect: Effect) -> Reply:
        me = self.present
        if me is None:
            return effect()
        if me.dead:
            raise Killed
        self.main.switch()
        self.told[call.op] += 1
        drawn = self.shop.random.random()
        kills, losses, _ = self.chances
        if drawn < kills:
            self.told["kills"] += 1
            me.dead = True
            if drawn < kills / 2:
                effect()
            raise Killed
        if drawn < kills + losses and call.service != "events":
            self.told["losses"] += 1
            effect()
            raise Lost
        return effect()

    def _body(self, hand: Hand) -> Callable[[], None]:
        def run() -> None:
            try:
                hand.job.act()
            except Killed:
                hand.failed = True
            except AssertionError:
                raise
            except Exception:  # handed back: it comes again
                hand.failed = True
            hand.done = True

        return run

    def _go(self, hand: Hand) -> None:
        self.present, self.shop.voice = hand, hand.voice
        hand.fiber.switch()
        self.present = None

    def work_off(self) -> None:
        """Until nothing is left to do at this instant."""
        hands: list[Hand] = []
        rng = self.shop.random
        with HOOK.held(self._handler):
            while True:
                self._collect()
                while self.jobs and len(hands) < HANDS:
                    place = rng.randrange(len(self.jobs))
                    self.jobs[place], self.jobs[-1] = self.jobs[-1], self.jobs[place]
                    self.told["deliveries"] += 1
                    hand = Hand(self.jobs.pop(), f"hand {self.told['deliveries']}")
                    hand.fiber = greenlet(self._body(hand), self.main)
                    hands.append(hand)
                if not hands:
                    return
                hand = rng.choice(hands)
                self._go(hand)
                if hand.done:
                    hands.remove(hand)
                    if hand.failed or rng.random() < self.chances[2]:
                        self.told["failed" if hand.failed else "twice"] += 1
                        self.jobs.append(hand.job)
                    elif hand.job.name != "blast" and rng.random() < self.chances[2]:
                        self.past.append(hand.job)

    def _collect(self) -> None:
        """From the bus to the hands."""
        shop = self.shop
        if shop.post.routed < len(shop.cloud.bus):
            shop.route()
            for name, queue in shop.post.queues.items():
                self.jobs += [
                    Job(name, lambda name=name, told=told: hand_over(shop.consumers[name], told)) for told in queue
                ]  # type: ignore[misc]  # bound
                queue.clear()

    # -- time -----------------------------------------------------------------------------------------------------
    def tick(self) -> None:
        """Two planners at once; the sweeper, once an hour."""
        self.jobs += [Job("plan", lambda: consumers.plan({}, None))] * 2
        if self.shop.at - self.swept >= HOUR:
            self.swept = self.shop.at
            self.jobs.append(Job("sweep", lambda: consumers.sweep({}, None)))
        self.work_off()
        self.shop.forget_the_past()
        self.told["ticks"] += 1

    def play(self, until: datetime, surprises: bool = True) -> None:
        """Tick after tick at which somebody is due, an hour at most between them; between two, people change their minds."""
        while self.shop.at < until:
            soon = min(self._next(), self.shop.at + HOUR, until)
            self.shop.at = max(_tick_at(soon), self.shop.at + TICK)
            if surprises:
                self._surprise()
            self.jobs += [Job("blast", lambda part=part: self._blast(part)) for part in self._wanted()]  # type: ignore[misc]  # bound
            self.tick()

    def _next(self) -> datetime:
        """When the next row is due."""
        now = f"{self.shop.at.astimezone(UTC):%Y%m%d%H%M%S}"
        keys = self.shop.cloud.engine.tables[Touch.Meta.table_name].items
        later = [at for slot, order in keys if (at := slot[:8] + order[:6]) > now and slot[0] == "2"]
        soon = min(later, default="99991231000000")
        return min([datetime.strptime(soon, "%Y%m%d%H%M%S").replace(tzinfo=UTC), *self.held.values()])

    # -- what people do -------------------------------------------------------------------------------------------
    def _surprise(self) -> None:
        """One of a hundred withdraws or comes, of those who are due about now."""
        shop = self.shop
        near = [one for one in shop.people if abs(shop.at - one.due) < TICK and one.kind in ("sms", "inbox", "both")]
        for one in shop.random.sample(near, len(near) // 50):
            if one.id in self.left:
                continue
            shop.voice = f"surprise {one.id}"
            work = Work(Caller(one.id, "customer"), "surprise")
            how = shop.random.choice(("withdraws", "comes"))
            if how == "withdraws":
                for purpose in (SMS, INBOX):
                    consents.record(one.id, purpose, False, "2026-01", work)
            else:
                accounts.change(accounts.get(one.id), {"seen_at": int(shop.at.timestamp())}, work)
            work.commit()
            self.left[one.id] = how, got(shop, one, how)

    def invite(self, people: Sequence[Person]) -> None:
        """A blast to these, beside the journey."""
        self.held |= {one.id: self.shop.at for one in people}

    def _wanted(self) -> list[list[str]]:
        now = [person for person, at in self.held.items() if at <= self.shop.at]
        return [now[first : first + BLAST] for first in range(0, len(now), BLAST)]

    def _blast(self, people: Sequence[str]) -> None:
        wanted = [Wanted(one, SPRING, "return_pack", "marketing", {}, campaign="spring") for one in people]
        for told in send_all(wanted, Work(Caller("blast", "worker"), "blast")):
            self._note(told)

    def _note(self, told: Outcome) -> None:
        if told.until is not None:
            self.held[told.person] = told.until
        else:
            self.held.pop(told.person, None)


def _tick_at(soon: datetime) -> datetime:
    """The first tick behind an instant."""
    past = int(soon.timestamp()) // 300 * 300 + 300
    return datetime.fromtimestamp(past, UTC)


def got(shop: Crowd, one: Person, how: str) -> int:
    """How many offers somebody has got by the journey, or at all, in which way they have left it."""
    occasion = f"{NAME}#1#{one.occasion}#0"
    wanted = {occasion} if how == "comes" else {occasion, SPRING}
    inbox = shop.cloud.engine.tables[InboxMessage.Meta.table_name].part(one.id)
    lying = sum(item["r"]["S"].startswith("inbox#") and item["o"]["S"] in wanted for item in inbox)
    return lying + sum(len(shop.line.came.get(f"{one.id}!{name}", ())) for name in wanted)
