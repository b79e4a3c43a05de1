"""Fixtures on a real engine (ministack in its own process): threads, tokens and isolation are true here.

`ministack`: the engine, once a run, on a free port. `live`: this process's clients point at it and every table of the
infrastructure is there, empty. `runner`: the whole shop as `make run` starts it, in a process of its own.
Every test in this folder carries the mark `engine`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from local import engine as engines

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    running = engines.start(engines.free_port(), tmp_path_factory.mktemp("engine"), keep=False)
    yield running
    engines.stop(running, patience=10)


@pytest.fixture
def live(ministack: engines.Engine) -> Iterator[engines.Engine]:
    """The engine with every table empty; clients of this process use it, with the system's clock and made-up secrets."""
    from chalicelib.runtime import clients, settings
    from chalicelib.runtime import world as worlds
    from infra import tables
    from tests.support import world as made_up

    kept = {name: os.environ.get(name) for name in ministack.environment}
    os.environ.update(ministack.environment)
    clients.forget()
    before = worlds.use(worlds.World())
    settings.use_secrets(made_up.secrets())
    db = clients.client("dynamodb")
    for name in db.list_tables()["TableNames"]:
        db.delete_table(TableName=name)
    for definition in tables.definitions():
        db.create_table(**definition)
    yield ministack
    settings.use_secrets(None)
    worlds.use(before)
    for name, value in kept.items():
        os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
    clients.forget()


@dataclass
class Runner:
    """A shop in a process of its own, which can be interrupted, killed and started again on the same state."""

    state: Path
    ports: dict[str, str]
    child: subprocess.Popen[str] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.ports['JISHI_PORT']}"

    def start(self, patience: float = 90, **settings: str) -> Runner:
        """Start and wait until it says that it serves."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TABLE_"))}
        environment |= {**self.ports, "JISHI_STATE": str(self.state), **settings}
        self.said = self.state.parent / "runner.log"
        with self.said.open("a") as sink:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "local.run"], cwd=engines.ROOT, env=environment, text=True,
                stdout=sink, stderr=subprocess.STDOUT, start_new_session=True)  # fmt: skip
        deadline = time.monotonic() + patience
        while not engines.in_use(int(self.ports["JISHI_PORT"])):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the shop did not start:\n{self.said.read_text()[-3000:]}")
            time.sleep(0.1)
        return self

    def interrupt(self, patience: float = 60) -> int:
        """Ctrl-C; answers the exit code."""
        assert self.child is not None
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(patience)

    def kill(self) -> None:
        """As a power cut would, but for the engine: it is a process of its own and stays up until the next start."""
        assert self.child is not None
        self.child.kill()
        self.child.wait(10)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.base + path, timeout=10) as answer:  # noqa: S310  # loopback
            return str(answer.read().decode())


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Callable[[], Runner]]:
    """Makes runners on free ports; all are ended after the test."""
    made: list[Runner] = []

    def make() -> Runner:
        names = ("JISHI_PORT", "JISHI_ENGINE_PORT", "JISHI_CASHIER_PORT")
        home = tmp_path / str(len(made))
        home.mkdir()
        made.append(Runner(home / "state", {name: str(engines.free_port()) for name in names}))
        return made[-1]

    yield make
    for shop in made:
        if shop.child is not None and shop.child.poll() is None:
            shop.interrupt()
        engines.stop_left_over(shop.state)
