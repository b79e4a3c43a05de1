"""The proof's engine as a fixture: every call is seen, and any call may be answered otherwise; microseconds, no moto."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from chalicelib.runtime import clients
from tests.hardening.proof.faults import error
from tests.hardening.proof.hook import Call, Effect, Lost, Reply
from tests.hardening.proof.shop import Shop

Act = Callable[[Call, Effect], Reply]
_kept: dict[str, Any] = {}  # a client takes longer to make than a test to run


def lost_request(call: Call, effect: Effect) -> Reply:
    raise Lost


def lost_answer(call: Call, effect: Effect) -> Reply:
    effect()
    raise Lost


def failing(code: str, status: int = 400, **more: Any) -> Act:
    """The service answers this error and does nothing."""
    return lambda call, effect: error(code, status, **more)


def cancelled(*codes: str) -> Act:
    """A transaction turned away for these reasons, one an action."""
    return failing("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def answering(**body: Any) -> Act:
    """The service answers this."""
    return lambda call, effect: Reply(200, body)


class Ground:
    """A stage and what was asked of it. `script` are the acts for the next calls; None lets one pass."""

    def __init__(self, stage: Shop) -> None:
        self.stage = stage
        self.calls: list[tuple[str, Any]] = []
        self.script: list[Act | None] = []

    def passing(self, call: Call, effect: Effect) -> Reply:
        self.calls.append((call.op, copy.deepcopy(call.body)))
        act = self.script.pop(0) if self.script else None
        return act(call, effect) if act else effect()

    @property
    def ops(self) -> list[str]:
        return [op for op, _ in self.calls]

    def bodies(self, op: str) -> list[Any]:
        return [body for name, body in self.calls if name == op]

    def raw(self, model: Any) -> list[Any]:
        """The items of a model's table as they are stored."""
        return list(self.stage.cloud.engine.rows(model.Meta.table_name))

    def rows(self, model: Any) -> list[Any]:
        return self.stage.rows(model)


@contextmanager
def standing() -> Iterator[Ground]:
    stage = Shop(consumers={})
    with stage.standing() as hook:
        clients._clients.update(_kept)
        ground = Ground(stage)
        with hook.held(ground.passing):
            yield ground
        _kept.update(clients._clients)


@pytest.fixture
def ground() -> Iterator[Ground]:
    with standing() as made:
        yield made


@pytest.fixture
def house(ground) -> Iterator[Any]:
    """An app without doors (tests/runtime/doors.py); what is known of the shop's own doors is put back."""
    from chalicelib.runtime import limits
    from chalicelib.runtime.http import OPERATIONS
    from tests.runtime.doors import DoorSessionEnded, DoorTokenBad, House, door

    known, before = list(OPERATIONS), (door._identify, door._standing, list(door.DOUBTS), list(door.ENDED))
    made = House(ground)
    door.use_identity(made.identify, DoorTokenBad, standing=made.gate.of, ended=(DoorSessionEnded,))
    limits.forget()
    yield made
    limits.forget()
    OPERATIONS[:] = known
    door.use_identity(before[0], *before[2], standing=before[1], ended=before[3])
