"""What a workflow hands to the harness: a stage that can be put back, steps, deliveries that come again, and an audit.

A `Stage` owns everything that changes: the cloud, the fakes, the clock and the source of ids. Nothing else may keep
state, so that putting a snapshot back is the same as running from the start.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, Protocol

from tests.hardening.proof.cloud import Cloud
from tests.hardening.proof.hook import HOOK, Hook, Killed, installed

START = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday noon in Shanghai


class Keeper(Protocol):
    """A fake with a state of its own."""

    def snapshot(self) -> Any: ...

    def restore(self, saved: Any) -> None: ...


class Stage:
    """The world of one scenario: cloud, fakes, time, ids; deterministic by construction."""

    def __init__(self, cloud: Cloud | None = None, keepers: Iterable[Keeper] = ()) -> None:
        self.cloud = cloud or Cloud()
        self.keepers = list(keepers)
        self.notes: dict[str, Any] = {}  # what the scenario itself remembers (ids it was answered, say)
        self.at = START
        self.waited = 0.0
        self.voice = "setup"  # whose randomness is drawn: a delivery's name, so that no schedule changes its ids
        self.drawn: dict[str, int] = {}

    # -- time and randomness, as `runtime.world.World` wants them ------------------------------------------------

    def now(self) -> datetime:
        """Waiting costs patience (`elapsed`) but does not move the clock: an id made after a retry is the same id."""
        return self.at

    def elapsed(self) -> float:
        return self.waited

    def wait(self, seconds: float) -> None:
        self.waited += seconds

    def chance(self) -> float:
        return 0.5

    def entropy(self, size: int) -> bytes:
        turn = self.drawn[self.voice] = self.drawn.get(self.voice, 0) + 1
        return hashlib.blake2b(f"{self.voice}/{turn}".encode(), digest_size=size).digest()

    def advance(self, **delta: float) -> None:
        self.at += timedelta(**delta)

    @contextmanager
    def speaking(self, voice: str) -> Iterator[None]:
        before, self.voice = self.voice, voice
        try:
            yield
        finally:
            self.voice = before

    @contextmanager
    def standing(self) -> Iterator[Hook]:
        """Stand the process on this stage."""
        with installed(self.cloud) as hook:
            yield hook

    # -- snapshot -------------------------------------------------------------------------------------------------

    def snapshot(self) -> Any:
        kept = tuple(keeper.snapshot() for keeper in self.keepers)
        return self.cloud.snapshot(), kept, copy.deepcopy(self.notes), self.at, self.waited, dict(self.drawn)

    def restore(self, saved: Any) -> None:
        cloud, kept, notes, self.at, self.waited, drawn = saved
        self.cloud.restore(cloud)
        for keeper, state in zip(self.keepers, kept, strict=True):
            keeper.restore(state)
        self.notes, self.drawn = copy.deepcopy(notes), dict(drawn)

    def final(self) -> Any:
        """The state as something comparable, for full-against-reduced checks."""
        tables = {name: self.cloud.engine.rows(name) for name in self.cloud.engine.tables}
        bus = sorted(repr((one["DetailType"], one["Detail"])) for one in self.cloud.bus)
        return repr((tables, bus, [keeper.snapshot() for keeper in self.keepers]))


@dataclass(frozen=True)
class Step:
    """One delivery at a door. `act` answers what the caller is told; it raises what makes a sender deliver again.

    `moody`: its clean answer may change when it is repeated (a query, a sweep). `ready`: whether it can come at all
    at this moment (a buyer pays only what was opened).
    """

    name: str
    act: Callable[[Any], Any]
    moody: bool = False
    ready: Callable[[Any], bool] = lambda stage: True


def _aside(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def apart(*args: Any) -> Any:
        with HOOK.aside():
            return function(*args)

    return apart


@dataclass(frozen=True)
class Scenario:
    """One workflow. `build` makes a stage ready to go; `settle` is everything that comes by itself later (relay,
    workers, sweep, completer); `audit(stage, final)` names what does not balance; `races` are step names that may run
    at the same time from the state after `before`. `reaches(stage)` names what a clean run should have come to and did
    not, `refuses` the steps that are refused in it, with the code: a workflow that ends at a closed door proves nothing."""

    name: str
    build: Callable[[], Any]
    steps: Sequence[Step]
    audit: Callable[[Any, bool], list[str]]
    settle: Callable[[Any], None] = lambda stage: None
    rows: Sequence[str] = ()
    races: Sequence[Sequence[str]] = ()
    triples: Sequence[Sequence[str]] = ()
    heavy: bool = False  # disturbed in the full run only: a short slice takes its clean run
    reaches: Callable[[Any], list[str]] = field(kw_only=True)
    refuses: Mapping[str, str] = field(kw_only=True, default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ValueError when two steps have one name, or a race is between steps that there are not."""
        for part in ("build", "audit", "reaches"):
            object.__setattr__(self, part, _aside(getattr(self, part)))
        names = [step.name for step in self.steps]
        wrong = {name for name in names if names.count(name) > 1}
        wrong |= {
            name for race in (*self.races, *self.triples, tuple(self.refuses)) for name in race if name not in names
        }
        if wrong:
            raise ValueError(f"{self.name}: twice or not at all among its steps: {sorted(wrong)}")

    def step(self, name: str) -> Step:
        """Raises KeyError when there is no such step."""
        return {step.name: step for step in self.steps}[name]

    def astray(self, clean: Sequence[Answer]) -> list[str]:
        """Which steps of an undisturbed run failed, or were refused though they should not be, or not though they should."""
        found = []
        for step, answer in zip(self.steps, clean, strict=True):
            told = answer.value[1] if refused(answer.value) else ""
            if answer.failure:
                found.append(f"clean run: {step.name}: {answer.failure}")
            elif told != self.refuses.get(step.name, ""):
                found.append(f"clean run: {step.name} was refused {told!r}, not {self.refuses.get(step.name, '')!r}")
        return found


def expected(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """What of it is not as it should be after an undisturbed run."""
    return [
        f"clean run: {name} is {found.get(name)}, not {end}" for name, end in wanted.items() if found.get(name) != end
    ]


@dataclass
class Answer:
    """What one delivery came to: an answer, a failure (the sender will try again), or death."""

    value: Any = None
    failure: str = ""
    killed: bool = False

    @property
    def told(self) -> bool:
        """Whether somebody was given an answer."""
        return not (self.killed or self.failure)


@dataclass
class Told:
    """All that was answered in one run, by step."""

    by_step: dict[str, list[Answer]] = field(default_factory=dict)

    def contradictions(self, steps: Mapping[str, Step]) -> list[str]:
        """Two different answers to one and the same delivery."""
        return [
            f"answers: {name} was told {wrong}"
            for name, answers in self.by_step.items()
            if not steps[name].moody and (wrong := contradiction([one.value for one in answers if one.told]))
        ]


def refused(value: Any) -> bool:
    """Whether an answer is a refusal: nothing was done, and asking again later may succeed."""
    return isinstance(value, list) and value[:1] == ["refused"]


def contradiction(values: Sequence[Any]) -> str:
    """What is wrong with answers given one after the other: a success is binding, a refusal is not."""
    binding: Any = None
    for value in values:
        if binding is None and refused(value):
            continue
        if binding is not None and repr(value) != repr(binding[0]):
            return f"{binding[0]!r}, then {value!r}"[:300]
        binding = (value,)
    return ""


def deliver(stage: Any, step: Step, attempt: int = 0) -> Answer:
    """Run one delivery to its answer, failure or death."""
    with stage.speaking(f"{step.name}/{attempt}"):
        try:
            return Answer(step.act(stage))
        except Killed:
            return Answer(killed=True)
        except AssertionError:
            raise
        except Exception as error:
            return Answer(failure=f"{type(error).__name__}: {error}"[:200])
