"""Fixtures every test may take: `engine` (moto with our tables, a fresh world), `clock`, `front` (HTTP), `bus` (facts)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import aws, world

aws.environment()  # before any module of ours makes a client


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes name no test: those that hold the time would name another one in each process that collects them."""
    return argname if isinstance(val, bytes) else None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A whole run has met every right of the faces: what is granted and was never used is granted in vain."""
    if "tests.support.rights" not in sys.modules:
        return  # nobody came to the front door
    from tests.support import rights

    output = getattr(session.config, "workeroutput", None)
    if output is not None:  # one process of several: the first of them counts together
        output["calls"] = [list(call) for call in sorted(rights.SEEN)]
    elif session.config.args_source is pytest.Config.ArgsSource.TESTPATHS and not session.testsfailed:
        for told in rights.unused(rights.SEEN):
            session.config.get_terminal_writer().line(f"granted in infra/functions.py, and never used: {told}")
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    if calls := getattr(node, "workeroutput", {}).get("calls"):
        from tests.support import rights

        rights.SEEN.update(rights.Call(*call) for call in calls)


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
def bus(engine):
    from chalicelib.runtime import tasks
    from tests.support.bus import Bus

    yield Bus(engine)
    tasks.use_bus(None)
