"""A virtual environment with what a lock names, by its digests only: `python3 -m local.install .venv requirements-run.txt`.

Needs no virtual environment and says how far it is, since pip is silent for minutes. What is there already stays.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import time
from collections import deque
from pathlib import Path

OLDEST = (3, 11)
FOUND = "(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9_.-]+).*"  # how pip names the next package
TOLD_SECONDS = 5.0  # where nobody watches a terminal: a line each so often
LOOK_SECONDS = 0.3


class Progress:
    """One line that moves on a terminal; elsewhere a line now and then."""

    def __init__(self) -> None:
        self.moves = sys.stdout.isatty()
        self.told = 0.0

    def __call__(self, words: str) -> None:
        now = time.monotonic()
        if self.moves:
            sys.stdout.write(f"\r\033[K  {words}")
        elif now - self.told >= TOLD_SECONDS:
            self.told = now
            sys.stdout.write(f"  {words}\n")
        sys.stdout.flush()

    def end(self, words: str) -> None:
        sys.stdout.write(("\r\033[K" if self.moves else "") + f"  {words}\n")
        sys.stdout.flush()


def missing() -> str:
    """What this machine's Python lacks, in a sentence; "" when nothing."""
    if sys.version_info < OLDEST:
        return f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}"
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        return "python3-venv is missing: install it (Debian: apt install python3-venv)"
    return ""


def command(home: Path, lock: Path) -> list[str]:
    """What installs a lock into an environment."""
    quiet = ["--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off"]
    return [str(home / "bin" / "python"), "-m", "pip", "install", *quiet, "--require-hashes", "-r", str(lock)]


def names(lock: Path) -> list[str]:
    """The packages that a lock names, also those that only another system needs."""
    return re.findall(r"^([A-Za-z0-9_.-]+)==", lock.read_text(encoding="utf-8"), re.MULTILINE)


def install(home: Path, lock: Path, say: Progress) -> int:
    """Install, telling how far it is. Answers pip's status."""
    wanted, found = len(names(lock)), 0
    last: deque[str] = deque(maxlen=15)
    before = installed(home)
    with subprocess.Popen(  # noqa: S603  # our own words
        command(home, lock), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        assert pip.stdout is not None  # noqa: S101  # it is a pipe
        for line in pip.stdout:
            last.append(line)
            if line.startswith("Ignoring "):  # for another system or Python
                wanted -= 1
            elif name := re.fullmatch(FOUND, line, re.DOTALL):
                found += 1
                say(f"fetching {found} of {wanted} packages: {name[1]}")
            elif line.startswith("Installing collected packages:"):
                fresh = line.count(",") + 1
                say(f"installing {fresh} packages")
                while pip.poll() is None:
                    say(f"installing {min(installed(home) - before, fresh)} of {fresh} packages")
                    time.sleep(LOOK_SECONDS)
    if pip.returncode:
        say.end(f"{lock} could not be installed:")
        sys.stderr.writelines(last)
    return pip.returncode


def installed(home: Path) -> int:
    """How many packages an environment holds."""
    return sum(1 for _ in home.glob("lib/python3*/site-packages/*.dist-info"))


def main(arguments: list[str]) -> int:
    """0 when everything of the lock is there."""
    home, lock = map(Path, arguments)
    if lacks := missing():
        print(lacks, file=sys.stderr)
        return 1
    say, began = Progress(), time.monotonic()
    print(f"setting up {home} from {lock}", flush=True)
    if not (home / "bin" / "python").exists():
        say("making a virtual environment")
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)  # noqa: S603  # our own words
    if status := install(home, lock, say):
        return status
    say.end(f"{installed(home)} packages are there, after {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
