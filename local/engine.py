"""The local engine (ministack) as a child process.

Guarantees: it listens on the loopback only, and to no page (`loopback`); a port in use is refused by name before anything
starts; a clean stop (SIGTERM, then patience) keeps tables, queues, keys, parameters, rules and objects in the state
directory; a start on the same directory finds them again. A kill loses no item that was acknowledged (`ledger`), and at
most a second of the queues. What nothing keeps are stream records: drain the relay first, or have the journal resent.
"""

import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import ledger, loopback, signals

ROOT = Path(__file__).resolve().parents[1]
REGION = "us-east-1"  # the engine knows the partition "aws" only
# no PYTHONPATH, which the functions that the engine runs would inherit: they must find their own package, not this folder
PROGRAM = "import sys; sys.path.append(sys.argv.pop()); from local.ministack import main; sys.path.pop(); main()"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}  # the engine's fixed words; no secret


class EngineRefused(RuntimeError):
    """The engine cannot start; the message says what to do about it."""


@dataclass(frozen=True)
class Engine:
    """A running engine: where it listens and which process it is."""

    port: int
    child: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What an AWS SDK needs in its environment to talk to this engine."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION, **CREDENTIALS}


def free_port() -> int:
    """A loopback port that nobody holds at this moment, below those that outgoing connections are given: none of them takes
    it before it is listened at."""
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def in_use(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refuse_port_in_use(port: int, what: str, setting: str) -> None:
    """Raise EngineRefused, naming the setting that moves it, when somebody already listens on the port."""
    if in_use(port):
        raise EngineRefused(
            f"port {port} ({what}) is already in use; stop what listens there, or choose another with {setting}=<port>"
        )


def start(port: int, work: Path, *, keep: bool, timeout: float = 60) -> Engine:
    """Start the engine and wait until it answers.

    `work` holds its log, its temporary files and, when `keep`, its state over restarts.
    """
    work = work.resolve()
    (work / "tmp").mkdir(parents=True, exist_ok=True)
    stop_left_over(work)
    refuse_port_in_use(port, "the engine", "JISHI_ENGINE_PORT")
    log = work / "engine.log"
    with log.open("ab") as sink:
        child = subprocess.Popen(  # noqa: S603  # our own interpreter, our own arguments
            [str(interpreter()), "-c", PROGRAM, str(ROOT)],
            cwd=work,
            env=_environment(port, work, keep),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # Ctrl-C at the terminal must reach the runner alone: it stops the engine last
    engine = Engine(port, child, log)
    (work / "engine.pid").write_text(str(child.pid))
    deadline = time.monotonic() + timeout
    while not healthy(engine.url):
        if child.poll() is not None or time.monotonic() > deadline:
            stop(engine, patience=1)
            raise EngineRefused(f"the engine did not come up; its last words are in {log}:\n{_tail(log)}")
        time.sleep(0.05)
    return engine


def keep(engine: Engine) -> None:
    """Have everything that the engine knows saved now: keys, parameters, the stack, tables. Raises EngineRefused."""
    asked = urllib.request.Request(engine.url + ledger.KEEP, method="POST")  # noqa: S310  # loopback only
    try:
        urllib.request.urlopen(asked, timeout=120).close()  # noqa: S310  # the same
    except OSError:
        raise EngineRefused(f"the engine cannot save what it knows:\n{_tail(engine.log)}") from None


def stop(engine: Engine, patience: float = 60) -> bool:
    """Ask the engine to write its state and leave; kill it only when it does not within `patience` seconds. Answers whether
    everything is saved.
    """
    engine.child.terminate()
    try:
        engine.child.wait(patience)
    except subprocess.TimeoutExpired:
        engine.child.kill()
        engine.child.wait(5)
    (engine.log.parent / "engine.pid").unlink(missing_ok=True)
    return engine.child.returncode == 0


def stop_left_over(work: Path) -> bool:
    """End, politely, the engine of an earlier run that was killed in this directory; True when there was one."""
    note = work / "engine.pid"
    if not note.exists():
        return False
    pid = int(note.read_text() or 0)
    alive = pid > 0 and "ministack" in command_of(pid)
    if alive:
        _end(pid, 60)
    note.unlink(missing_ok=True)
    return alive


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_ministack/health", timeout=2) as answer:  # noqa: S310  # loopback only
            return bool(json.load(answer))
    except (urllib.error.URLError, OSError, ValueError):
        return False


def interpreter() -> Path:
    """The Python of the engine's own virtual environment (it pins another botocore than the app)."""
    home = Path(os.environ.get("JISHI_ENGINE_VENV", str(ROOT / ".venv-engine")))
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.exists():
        raise EngineRefused(f"no engine environment at {home}; make it with: make setup")
    return python


def _environment(port: int, work: Path, keep: bool) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
    return (
        inherited
        | CREDENTIALS
        | {
            "GATEWAY_PORT": str(port),
            "BIND_HOST": loopback.HOST,
            "MINISTACK_HOST": loopback.HOST,
            "MINISTACK_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "SERVICES": "",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",  # no listener but the one port
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": os.environ.get("JISHI_ENGINE_LOG", "WARNING"),
            "TMPDIR": str(work / "tmp"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PERSIST_STATE": "1" if keep else "0",
            "STATE_DIR": str(work / "engine"),
            "S3_PERSIST": "1" if keep else "0",
            "S3_DATA_DIR": str(work / "objects"),
        }
    )


def _end(pid: int, patience: float) -> None:
    """End an engine that is not our child; one that is dead but not yet buried by its parent counts as ended."""
    for sign, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + wait
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            return
        while time.monotonic() < deadline:
            if "ministack" not in command_of(pid):
                return
            time.sleep(0.05)


def command_of(pid: int) -> str:
    """The command line of a process, "" when there is none: ids are used again, so ask before ending one."""
    try:
        told = subprocess.run(  # noqa: S603  # a number of our own
            ["ps", "-ww", "-o", "args=", "-p", str(pid)],  # noqa: S607  # wherever it is
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        told_by_kernel = Path(f"/proc/{pid}/cmdline")
        return told_by_kernel.read_text() if told_by_kernel.exists() else ""
    return told.stdout


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


if __name__ == "__main__":
    running = start(
        int(os.environ.get("JISHI_ENGINE_PORT", "4566")), Path(os.environ.get("JISHI_STATE", ".state")), keep=True
    )
    print(running.url, "- Ctrl-C stops it")
    signals.heed()()
    stop(running)
