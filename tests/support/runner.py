"""The whole shop as `make run` starts it, in a process of its own and on free ports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import engine as engines

PATIENCE = 300  # seconds, on a machine that has other things to do
TRIES = 3
PORTS = ("JISHI_PORT", "JISHI_ENGINE_PORT", "JISHI_CASHIER_PORT")


@dataclass
class Runner:
    """A shop in a process of its own, which can be interrupted, killed and started again on the same state."""

    state: Path
    ports: dict[str, str]
    child: subprocess.Popen[str] | None = None
    before: int = 0  # what was said by then, earlier starts said

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.ports['JISHI_PORT']}"

    def start(self, patience: float = PATIENCE, **settings: str) -> Runner:
        """Start and wait until it serves; on other ports when somebody else was faster at one of these."""
        for _ in range(TRIES):
            said = self._start(patience, **settings)
            if said is None:
                return self
            if "in use" not in said:
                break
            self.ports = free_ports()
        raise AssertionError(f"the shop did not start:\n{said[-3000:]}")

    def _start(self, patience: float, **settings: str) -> str | None:
        """Start and wait until it serves; what it said when it does not."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TABLE_"))}
        environment |= {**self.ports, "JISHI_STATE": str(self.state), **settings}
        self.said = self.state.parent / "runner.log"
        self.before = before = len(self.said.read_text()) if self.said.exists() else 0
        with self.said.open("a") as sink:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "local.run"],
                cwd=engines.ROOT,
                env=environment,
                text=True,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + patience
        while not (serves := engines.in_use(int(self.ports["JISHI_PORT"]))) and time.monotonic() < deadline:
            if self.child.poll() is not None:
                break
            time.sleep(0.1)
        return None if serves and self.child.poll() is None else self.said.read_text()[before:]

    def filled(self, patience: float = PATIENCE) -> Runner:
        """Wait until the demo shop is loaded and everything is told."""
        deadline = time.monotonic() + patience
        while "Ctrl-C stops the shop" not in self.said.read_text()[self.before :]:
            if self.child is None or self.child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the shop was not filled:\n{self.said.read_text()[-3000:]}")
            time.sleep(0.2)
        return self

    def interrupt(self, patience: float = PATIENCE) -> int:
        """Ctrl-C; answers the exit code."""
        assert self.child is not None
        self.child.send_signal(signal.SIGINT)
        return self.child.wait(patience)

    def kill(self) -> None:
        """The runner alone: the engine is a process of its own and stays up until the next start."""
        assert self.child is not None
        self.child.kill()
        self.child.wait(10)

    def kill_all(self) -> None:
        """As a power cut would: this process, the engine and the simulator, with nobody left to save anything."""
        notes = [self.state / name for name in ("engine.pid", "simulator.pid")]
        pids = [int(note.read_text() or 0) for note in notes if note.exists()]
        self.kill()
        for pid in filter(None, pids):
            if any(word in engines.command_of(pid) for word in ("ministack", "simulator")):
                os.kill(pid, signal.SIGKILL)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.base + path, timeout=10) as answer:  # noqa: S310  # loopback
            return str(answer.read().decode())


def new_runner(home: Path) -> Runner:
    """A runner on free ports with its state below a folder; not started yet."""
    home.mkdir(parents=True, exist_ok=True)
    return Runner(home / "state", free_ports())


def free_ports() -> dict[str, str]:
    return {name: str(engines.free_port()) for name in PORTS}


def end(runner: Runner) -> None:
    """Stop it cleanly if it runs, and whatever it left."""
    if runner.child is not None and runner.child.poll() is None:
        runner.interrupt()
    engines.stop_left_over(runner.state)


@contextmanager
def running(home: Path, **settings: str) -> Iterator[Runner]:
    """A shop that runs for a while."""
    runner = new_runner(home)
    try:
        yield runner.start(**settings).filled()
    finally:
        end(runner)
