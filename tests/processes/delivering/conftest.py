"""Receivers in place of the network, and of the workers those that have to do with them: what happens is made up here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.runtime import strangers, workers
from tests.fakes.receivers import FakeReceivers


@pytest.fixture
def receivers() -> Iterator[FakeReceivers]:
    fake = FakeReceivers()
    strangers.use_network(fake)
    yield fake
    strangers.use_network(None)


HEARING = ("subscriptions", "delivering", "retrying", "notifying")


@pytest.fixture(autouse=True)
def hearing(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    import app  # noqa: F401  # registers them

    monkeypatch.setattr(workers, "CONSUMERS", {name: workers.CONSUMERS[name] for name in HEARING})
