"""Fixtures every test may take: `engine` (moto with our tables, a fresh world), `clock`, `front` (HTTP), `pump` (facts)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import aws, world

aws.environment()  # before any module of ours makes a client


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: those that hold the time would name another one in each process that collects them."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def moto_run() -> Iterator[None]:
    with aws.moto():
        yield


@pytest.fixture
def clock():
    """A fresh deterministic world; answers its clock."""
    return world.fresh()


@pytest.fixture
def engine(moto_run: None, clock):
    """Empty tables, a fresh world, made-up secrets."""
    aws.empty()
    world.install()
    return clock


@pytest.fixture
def front(engine):
    from tests.support.front import Front

    return Front()


@pytest.fixture
def pump(engine):
    from tests.support.pump import Pump

    return Pump(engine)
