"""The interleaving explorer: handlers side by side, one call at a time, every order of calls that can matter.

One baton: each handler is a greenlet that stops in front of each of its calls; the search chooses who goes next, by
replaying a prefix of choices and continuing (stateless depth-first search). Sleep sets leave out orders that differ
only in independent neighbours: two calls are independent when neither writes what the other reads or writes.
A schedule is a list of small integers and can be replayed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet

from tests.hardening.proof.engine import Engine
from tests.hardening.proof.faults import Injector
from tests.hardening.proof.hook import HOOK, Call, Effect, Killed, Reply
from tests.hardening.proof.scenario import Answer, Scenario, Step, contradiction, deliver

Place = tuple[str, str]
EVERYTHING: Place = ("*", "*")
SINGLE = {"PutItem": "Item", "UpdateItem": "Key", "DeleteItem": "Key"}


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a call reads and writes, as (table, key)."""

    reads: frozenset[Place] = frozenset()
    writes: frozenset[Place] = frozenset()

    def independent(self, other: Footprint) -> bool:
        return not (_touch(self.writes, other.reads | other.writes) or _touch(other.writes, self.reads))


def _touch(some: frozenset[Place], others: frozenset[Place]) -> bool:
    return any(
        one == other or EVERYTHING in (one, other) or (one[0] == other[0] and "*" in (one[1], other[1]))
        for one in some
        for other in others
    )


def footprint(call: Call, engine: Engine) -> Footprint:
    """What a call touches; whole tables for queries, everything for what is not known."""
    if call.provider:
        return Footprint(writes=frozenset({(call.service, "*")}))
    if call.service != "dynamodb":
        return (
            COMMUTING if call.service in ("events", "sqs", "kms", "ssm") else Footprint(writes=frozenset({EVERYTHING}))
        )
    body = call.body

    def place(name: str, source: Any) -> Place:
        return name, json.dumps([source[key] for key in engine.tables[name].shape.keys], sort_keys=True)

    if call.op == "GetItem":
        return Footprint(reads=frozenset({place(body["TableName"], body["Key"])}))
    if call.op in SINGLE:
        return Footprint(writes=frozenset({place(body["TableName"], body[SINGLE[call.op]])}))
    if call.op in ("Query", "Scan"):
        return Footprint(reads=frozenset({(body["TableName"], "*")}))
    if call.op == "BatchGetItem":
        keys = [place(name, key) for name, wish in body["RequestItems"].items() for key in wish["Keys"]]
        return Footprint(reads=frozenset(keys))
    if call.op in ("TransactWriteItems", "TransactGetItems"):
        reads, writes = set[Place](), set[Place]()
        for action in body["TransactItems"]:
            ((verb, inner),) = action.items()
            held = reads if verb in ("ConditionCheck", "Get") else writes
            held.add(place(inner["TableName"], inner["Item"] if verb == "Put" else inner["Key"]))
        return Footprint(frozenset(reads), frozenset(writes))
    return Footprint(writes=frozenset({EVERYTHING}))


COMMUTING = Footprint()  # a message put on a bus or queue: a set, and taken from it only after the race


@dataclass
class Task:
    """One handler on its way."""

    number: int
    step: Step
    attempt: int = 0
    answer: Answer | None = None
    next: Footprint = COMMUTING
    injector: Injector | None = None
    fiber: Any = None

    @property
    def done(self) -> bool:
        return self.answer is not None


@dataclass(frozen=True, slots=True)
class Choice:
    """One point of a schedule: who could go, who slept, who went."""

    enabled: tuple[int, ...]
    asleep: frozenset[int]
    went: int


@dataclass
class Explored:
    """What a search came to."""

    runs: int = 0
    pruned: int = 0
    calls: int = 0
    points: int = 0
    deliveries: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)
    finals: set[str] = field(default_factory=set)
    seconds: float = 0.0
    reached: bool = False

    def add(self, other: Explored) -> None:
        self.runs += other.runs
        self.pruned += other.pruned
        self.calls += other.calls
        self.points += other.points
        self.deliveries += other.deliveries
        self.violations.update(other.violations)
        self.seconds += other.seconds


class Race:
    """One execution of some handlers under one schedule."""

    def __init__(self, stage: Any, steps: Sequence[Step], fault: tuple[int, int, str] | None, attempt: int = 0) -> None:
        self.stage = stage
        self.tasks = [Task(number, step, attempt) for number, step in enumerate(steps)]
        self.present: Task | None = None
        self.main = getcurrent()
        self.calls = 0
        if fault:
            self.tasks[fault[0]].injector = Injector(fault[1], fault[2])

    def _handler(self, call: Call, effect: Effect) -> Reply:
        me = self.present
        if me is None:
            return effect()
        injector = me.injector
        if injector and injector.dead:
            raise Killed
        dies = injector is not None and injector.mode == "kill-before" and injector.made == injector.at
        me.next = COMMUTING if dies else footprint(call, self.stage.cloud.engine)
        self.main.switch()
        self.calls += 1
        return injector(call, effect) if injector else effect()

    def _go(self, task: Task) -> None:
        self.present, self.stage.voice = task, f"{task.step.name}#{task.number}/{task.attempt}"
        task.fiber.switch()
        self.present = None

    def _body(self, task: Task) -> Callable[[], None]:
        def run() -> None:
            try:
                task.answer = Answer(task.step.act(self.stage))
            except Killed:
                task.answer = Answer(killed=True)
            except AssertionError:
                raise
            except Exception as error:
                task.answer = Answer(failure=f"{type(error).__name__}: {error}"[:200])

        return run

    def run(self, prefix: Sequence[tuple[int, frozenset[int]]], reduce: bool) -> tuple[list[Choice], bool]:
        """Follow the prefix, then the first who may go. Answers the choices, and whether it ran to the end."""
        trace: list[Choice] = []
        with HOOK.held(self._handler):
            for task in self.tasks:
                task.fiber = greenlet(self._body(task), self.main)
                self._go(task)
            sleep: frozenset[int] = frozenset()
            while enabled := tuple(task.number for task in self.tasks if not task.done):
                if len(trace) < len(prefix):
                    went, asleep = prefix[len(trace)]
                else:
                    asleep = sleep
                    awake = [number for number in enabled if number not in asleep]
                    if not awake:
                        self._stop()
                        return trace, False
                    went = awake[0]
                trace.append(Choice(enabled, asleep, went))
                if reduce:
                    mine = self.tasks[went].next
                    still = {n for n in asleep if n != went and n in enabled and self.tasks[n].next.independent(mine)}
                    sleep = frozenset(still)
                self._go(self.tasks[went])
        return trace, True

    def _stop(self) -> None:
        for task in self.tasks:
            if not task.done:
                task.fiber.throw(Killed)


def explore(
    scenario: Scenario,
    names: Sequence[str],
    world: str = "remembered",
    *,
    reduce: bool = True,
    fault: tuple[int, int, str] | None = None,
    limit: int = 100_000,
    keep_finals: bool = False,
    schedule: Sequence[int] | None = None,
    until: float | None = None,
    again: bool = True,
) -> Explored:
    """All schedules of the named steps racing from the state in which the first of them is about to come."""
    result, begun, stage = Explored(), time.process_time(), scenario.build()
    steps = [scenario.step(name) for name in names]
    with stage.standing():
        stage.cloud.engine.remembers = world == "remembered"
        first = min(scenario.steps.index(step) for step in steps)
        for step in scenario.steps[:first]:
            answer = deliver(stage, step)
            if answer.failure:
                raise AssertionError(f"{scenario.name}: {step.name} before the race failed: {answer.failure}")
        start = stage.snapshot()
        stack: list[list[tuple[int, frozenset[int]]]] = [[(went, frozenset()) for went in schedule or ()]]
        while stack and result.runs < limit and (until is None or time.process_time() < until):
            prefix = stack.pop()
            stage.restore(start)
            race = Race(stage, steps, fault)
            trace, complete = race.run(prefix, reduce)
            result.calls += race.calls
            result.reached |= any(task.injector is not None and task.injector.fired for task in race.tasks)
            if schedule is None:
                stack.extend(_siblings(trace, len(prefix), reduce))
            if not complete:
                result.pruned += 1
                continue
            result.runs += 1
            wrong, redelivered = _judged(scenario, stage, race, again)
            result.deliveries += len(steps) + redelivered
            if keep_finals:
                result.finals.add(stage.final() + repr([task.answer for task in race.tasks]))
            if wrong:
                turns = "".join(str(choice.went) for choice in trace)
                aim = "" if fault is None else f"{fault[0]}.{fault[1]}.{fault[2]}"
                result.violations[f"explore:{scenario.name}:{'|'.join(names)}:{turns}:{world}:{aim}"] = wrong
    result.seconds = time.process_time() - begun
    return result


def _siblings(trace: Sequence[Choice], start: int, reduce: bool) -> Iterable[list[tuple[int, frozenset[int]]]]:
    for place in range(start, len(trace)):
        choice, base = trace[place], [(one.went, one.asleep) for one in trace[:place]]
        tried = set(choice.asleep) | {choice.went}
        for other in choice.enabled:
            if other == choice.went or (reduce and other in choice.asleep):
                continue
            yield [*base, (other, frozenset(tried) if reduce else frozenset())]
            tried.add(other)


def _judged(scenario: Scenario, stage: Any, race: Race, again: bool) -> tuple[list[str], int]:
    """After a race: what failed or died is delivered again, what comes by itself comes, and the books are audited; then
    (`again`) everything is delivered once more, late."""
    wrong, deliveries = [f"right after: {one}" for one in scenario.audit(stage, False)], 0
    for attempt in (1, 2, 3)[: 3 if again else 2]:
        for task in race.tasks:
            answer = task.answer or Answer(killed=True)
            if answer.told and attempt < 3:
                continue
            later = deliver(stage, task.step, attempt)
            deliveries += 1
            if (
                answer.told
                and later.told
                and not task.step.moody
                and (two := contradiction([answer.value, later.value]))
            ):
                wrong.append(f"answers: {task.step.name} was told {two}")
            if later.failure and attempt > 1:
                wrong.append(f"{task.step.name} still fails: {later.failure}")
            if not answer.told:
                task.answer = later
        if attempt > 1:
            scenario.settle(stage)
            wrong += scenario.audit(stage, True)
    return wrong, deliveries


def crash_and_explore(
    scenario: Scenario, names: Sequence[str], world: str, until: float | None = None, limit: int = 100_000
) -> Explored:
    """Each handler dying at each of its calls, in all schedules: the box that others leave out."""
    total = Explored()
    for number in range(len(names)):
        for mode in ("kill-before", "kill-after", "lost-response"):
            call = 0
            while until is None or time.process_time() < until:
                one = explore(scenario, names, world, fault=(number, call, mode), until=until, limit=limit)
                if not one.reached:
                    break
                total.add(one)
                total.points += 1
                call += 1
    return total
