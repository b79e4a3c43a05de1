"""Setting up: how far it is, what it needs and no more, and what goes wrong in a sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local import install, lock
from tests.house import source
from tests.house.test_lock import pins

RUNNING = (
    "local.run", "local.workers", "local.seed", "local.demo.filling", "local.admin", "local.audit", "local.clock",
    "local.totp", "infra.build", "simulator.__main__", "app",
)  # fmt: skip
NEEDED = """
import importlib, json, sys
for name in {names}:
    importlib.import_module(name)
from importlib.metadata import packages_distributions
known = packages_distributions()
print(json.dumps(sorted({{one for name in sys.modules for one in known.get(name.split(".")[0], [])}})))
"""
PIP = """#!/bin/sh
echo "Ignoring ansicon: markers 'sys_platform == win32' don't match your environment"
echo "Collecting honest==1.0 (from -r lock)"
echo "Requirement already satisfied: other==2.0 in somewhere"
echo "Installing collected packages: honest"
mkdir -p {home}/lib/python3.11/site-packages/honest-1.0.dist-info
echo "$@" > {home}/asked
exit {status}
"""
LOCKED = "ansicon==1.0 ; sys_platform == 'win32' \\\n    --hash=sha256:00\nhonest==1.0 \\\n    --hash=sha256:00\nother==2.0\n"


def test_the_running_shop_imports_nothing_that_its_lock_does_not_hold():
    program = NEEDED.format(names=RUNNING)
    told = subprocess.run([sys.executable, "-c", program], cwd=source.ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # ours
    needed = {re.sub(r"[-_.]+", "-", name).lower() for name in json.loads(told.stdout)}
    assert len(needed) > 10
    needed.discard("certifi")  # botocore takes its list of authorities where it happens to be there
    assert needed <= pins("requirements-run.txt").keys()
    assert "requirements-run" in lock.LOCKS


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An environment whose interpreter plays pip."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "lock").write_text(LOCKED)
    return tmp_path


def played(home: Path, status: int) -> None:
    python = home / "bin" / "python"
    python.write_text(PIP.format(home=home, status=status))
    python.chmod(0o755)


def test_how_far_it_is_counts_what_this_machine_needs(home: Path, monkeypatch, capsys) -> None:
    played(home, 0)
    monkeypatch.setattr(install, "TOLD_SECONDS", -1.0)
    assert install.main([str(home), str(home / "lock")]) == 0
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert said[1:3] == ["fetching 1 of 2 packages: honest", "fetching 2 of 2 packages: other"]
    assert re.fullmatch("1 packages are there, after [0-9]+ s", said[-1])
    assert "--require-hashes" in (home / "asked").read_text().split()


def test_on_a_terminal_one_line_moves_and_elsewhere_a_line_comes_now_and_then(home: Path, monkeypatch, capsys) -> None:
    played(home, 0)
    install.main([str(home), str(home / "lock")])
    assert len(capsys.readouterr().out.splitlines()) == 3
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    install.main([str(home), str(home / "lock")])
    assert capsys.readouterr().out.count("\r\033[K") > 3


def test_when_pip_fails_its_last_words_are_told_and_nothing_counts_as_made(home: Path, capsys) -> None:
    played(home, 3)
    assert install.main([str(home), str(home / "lock")]) == 3
    told = capsys.readouterr()
    assert "could not be installed" in told.out
    assert "Installing collected packages" in told.err


def test_what_the_machine_lacks_is_told_in_a_sentence(home: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(install, "OLDEST", (9, 0))
    assert install.main([str(home), str(home / "lock")]) == 1
    assert capsys.readouterr().err.startswith("Python 3.11 or newer is needed, this is 3.")
