"""Coupons stand on the proof's engine here: no moto, and a mutant is judged in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.processes.merchandising.coupons import consumers as granting
from chalicelib.records.coupons import consumers
from tests.hardening.proof.hook import Call, Effect, Reply
from tests.hardening.proof.shop import Shop


class Till:
    """The shop, its clock, what was asked of the tables, and what facts were told."""

    def __init__(self, stage: Shop) -> None:
        self.stage = stage
        self.ops: list[str] = []

    def advance(self, by: timedelta) -> None:
        self.stage.at += by

    def rows(self, model: Any) -> list[Any]:
        return self.stage.rows(model)

    def seen(self, call: Call, effect: Effect) -> Reply:
        self.ops.append(call.op)
        return effect()

    def run(self, times: int = 1) -> list[str]:
        """Carry what was told, each fact so many times; the names of what was told since, without what is for later."""
        told: list[str] = []
        while True:
            self.stage.relay()
            self.stage.sweep()
            fresh = [entry["DetailType"] for entry in self.stage.cloud.bus[self.stage.post.routed :]]
            if not fresh:
                return told
            told += fresh
            self.stage.route()
            for name in self.stage.consumers:
                while self.stage.post.queues.get(name):
                    for left in range(times - 1, -1, -1):
                        self.stage.work(name, keep=left > 0)


@pytest.fixture
def engine() -> Iterator[Till]:
    stage = Shop(consumers={"coupons": consumers.worker, "granting": granting.worker})
    with stage.standing() as hook:
        till = Till(stage)
        with hook.held(till.seen):
            yield till


@pytest.fixture
def bus(engine: Till) -> Till:
    return engine


@pytest.fixture
def calls(engine: Till) -> list[str]:
    return engine.ops
