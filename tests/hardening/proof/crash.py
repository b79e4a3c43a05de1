"""The crash enumerator: each call of each step of a workflow x each fault mode x both token worlds.

Call sites are found, never listed: the undisturbed step shows its calls, and each is tried with every mode that can happen
to it. After the fault the state must be safe at once; then what was not answered is delivered again, the rest of the
workflow comes, what comes by itself comes, and the books must balance; then everything is delivered once more, late, and
they must balance still. No one may have been told two different things.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.hardening.proof.faults import MODES, Injector
from tests.hardening.proof.hook import HOOK, Call, Effect, Reply
from tests.hardening.proof.scenario import Answer, Scenario, Told, deliver

WORLDS = ("remembered", "lapsed")
ALWAYS = ("kill-after", "lost-response")  # what a slice never leaves out: the effect happened and nobody knows


@dataclass
class Crashes:
    """What one enumeration came to."""

    runs: int = 0
    sites: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)
    deliveries: int = 0
    fired: int = 0
    violations: dict[str, list[str]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, other: Crashes) -> None:
        self.runs += other.runs
        self.deliveries += other.deliveries
        self.fired += other.fired
        self.sites |= other.sites
        self.seen |= other.seen
        self.violations.update(other.violations)
        self.seconds += other.seconds


def enumerate_faults(
    scenario: Scenario,
    worlds: Sequence[str] = WORLDS,
    modes: Sequence[str] = tuple(MODES),
    *,
    share: int = 1,
    only: tuple[str, str, int] | None = None,
    until: float | None = None,
    enough: int | None = None,
) -> Crashes:
    """Every fault of one workflow. `share`: beside `ALWAYS`, one fault in so many, always the same ones; `only` =
    (step, mode, call) repeats a single run; `enough` violations end it."""
    result, begun = Crashes(), time.process_time()
    stage = scenario.build()
    with stage.standing() as hook:
        start = stage.snapshot()
        for world in worlds:
            stage.restore(start)
            stage.cloud.engine.remembers = world == "remembered"
            befores, clean, calls = [], [], list[list[Call]]()
            for step in scenario.steps:
                befores.append((stage.snapshot(), len(stage.cloud.engine.log)))
                calls.append([])
                with hook.held(_noting(calls[-1])):
                    clean.append(deliver(stage, step))
            result.seen |= {call.site for made in calls for call in made}
            broken = scenario.astray(clean)
            scenario.settle(stage)
            broken += scenario.audit(stage, True) + scenario.reaches(stage)
            if broken:
                result.violations[f"crash:{scenario.name}:clean::0:{world}"] = broken
                continue
            for place, mode, at in _faults(scenario, calls, modes, share, only):
                if until is not None and time.process_time() >= until:
                    break
                stage.restore(befores[place][0])
                lag = len(stage.cloud.engine.log) - (befores[place - 1][1] if place else 0)
                run = _run(scenario, stage, place, Injector(at, mode, _lagging(stage), lag), clean[place])
                result.runs += 1
                result.fired += 1
                result.deliveries += run.deliveries
                result.sites.add(run.injector.site)
                if run.wrong:
                    result.violations[f"crash:{scenario.name}:{scenario.steps[place].name}:{mode}:{at}:{world}"] = (
                        run.wrong
                    )
                if enough is not None and len(result.violations) >= enough:
                    return result
    result.seconds = time.process_time() - begun
    return result


def _noting(calls: list[Call]) -> Callable[[Call, Effect], Reply]:
    def note(call: Call, effect: Effect) -> Reply:
        calls.append(call)
        return effect()

    return note


def _faults(
    scenario: Scenario,
    calls: Sequence[Sequence[Call]],
    modes: Sequence[str],
    share: int,
    only: tuple[str, str, int] | None,
) -> Iterator[tuple[int, str, int]]:
    """(place of a step, mode, number of a call) of every fault that can happen to a call of an undisturbed run."""
    for place, step in enumerate(scenario.steps):
        for mode in modes:
            for at, call in enumerate(calls[place]):
                if only is not None and only != (step.name, mode, at):
                    continue
                name = f"{scenario.name}:{step.name}:{mode}:{at}"
                if MODES[mode][1](call) and (mode in ALWAYS or not zlib.crc32(name.encode()) % share):
                    yield place, mode, at


def _lagging(stage: object):  # type: ignore[no-untyped-def]  # a setter of the engine's lag
    def lag(writes: int) -> None:
        stage.cloud.engine.lag = writes  # type: ignore[attr-defined]  # every stage has a cloud

    return lag


@dataclass
class _Run:
    injector: Injector
    wrong: list[str]
    deliveries: int


def _run(scenario: Scenario, stage: object, place: int, injector: Injector, clean: Answer) -> _Run:
    step, told, wrong = scenario.steps[place], Told(), list[str]()
    with HOOK.held(injector):
        first = deliver(stage, step)
    if not injector.fired:
        return _Run(injector, [f"{step.name} did not come to its call {injector.at} again"], 1)
    if first.told and not step.moody and repr(first.value) != repr(clean.value):
        wrong.append(f"answer under trouble: {first.value!r} instead of {clean.value!r}"[:400])
    told.by_step[step.name] = [first]
    wrong += [f"at once: {one}" for one in scenario.audit(stage, False)]
    steps = {one.name: one for one in scenario.steps}
    deliveries = 1
    for attempt in (1, 2):
        # first only what its sender must send again: an answered delivery may never come a second time
        for again in scenario.steps[place:]:
            if attempt == 1 and again is step and first.told:
                continue
            answer = deliver(stage, again, attempt)
            deliveries += 1
            told.by_step.setdefault(again.name, []).append(answer)
            if answer.failure:
                wrong.append(f"redelivery {attempt} of {again.name} failed: {answer.failure}")
        scenario.settle(stage)
        wrong += [f"after delivery {attempt}: {one}" for one in scenario.audit(stage, True)]
    return _Run(injector, wrong + told.contradictions(steps), deliveries)
