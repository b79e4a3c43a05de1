"""What is installed is what was locked: every package in one version, every file by its digest."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from local import lock
from tests.house import source

PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[\w+\])?==([\w.]+)", re.MULTILINE)


def pins(path: str) -> dict[str, str]:
    """Package -> version of a file."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PIN.findall(source.texts()[path])}


@pytest.mark.parametrize("name", lock.LOCKS)
def test_every_package_is_locked_to_one_version_and_to_digests(name):
    text = re.sub(r"^ *#.*\n", "", source.texts()[f"{name}.txt"], flags=re.MULTILINE)
    entries = text.replace("\\\n", " ").splitlines()
    assert len(entries) == len(pins(f"{name}.txt"))
    loose = [
        one.split()[0]
        for one in entries
        if not re.fullmatch(r"[\w.-]+==[\w.]+( ; [^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*", one)
    ]
    assert not loose


@pytest.mark.parametrize("name", lock.LOCKS)
def test_a_lock_holds_what_we_name_and_agrees_with_the_others(name):
    named = pins(f"{name}.in")
    for other in lock.LOCKS[name]:
        named |= pins(f"{other}.in")
    locked = pins(f"{name}.txt")
    assert named.items() <= locked.items(), "make lock"
    for other in lock.LOCKS[name]:
        assert pins(f"{other}.txt").items() <= locked.items(), "make lock"


def test_whoever_installs_a_lock_demands_its_digests():
    installing = {
        f"{path}:{number}"
        for path, text in source.texts().items()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(r"pip install.*-r requirements", line) and path != "tests/house/test_lock.py"
        if "--require-hashes" not in line
    }
    assert not installing


def test_a_lock_is_made_by_the_index_that_pip_asks_and_does_not_tell_it():
    told = "global.index-url='https://one.example/simple'\n:env:.index-url='https://two.example/simple'\nglobal.cert='/x'\n"
    made = lock.environment(told, {"PATH": "/bin"})
    assert made == {"PATH": "/bin", "UV_DEFAULT_INDEX": "https://two.example/simple", "UV_SYSTEM_CERTS": "true"}
    assert "UV_DEFAULT_INDEX" not in lock.environment("", {})
    for name, agreeing in lock.LOCKS.items():
        assert {"--generate-hashes", "--universal", "--no-emit-index-url"} <= set(lock.command(name, agreeing))
        assert "://" not in source.texts()[f"{name}.txt"]


def wheel(folder: Path, says: str) -> Path:
    """A package of one line."""
    made = folder / "honest-1.0-py3-none-any.whl"
    files = {
        "honest.py": says,
        "honest-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: honest\nVersion: 1.0\n",
        "honest-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digest = lambda text: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
    rows = [f"{name},sha256={digest(text)},{len(text)}" for name, text in files.items()]
    with zipfile.ZipFile(made, "w") as packed:
        for name, text in files.items():
            packed.writestr(name, text)
        packed.writestr("honest-1.0.dist-info/RECORD", "\n".join([*rows, "honest-1.0.dist-info/RECORD,,", ""]))
    return made


def test_who_puts_another_file_under_a_packages_name_is_not_installed(tmp_path: Path) -> None:
    """The intruder has the index: the same name and version, another content."""
    index, locked, into = tmp_path / "index", tmp_path / "locked.txt", tmp_path / "into"
    index.mkdir()
    right = hashlib.sha256(wheel(index, "good = True\n").read_bytes()).hexdigest()
    locked.write_text(f"honest==1.0 --hash=sha256:{right}\n")
    command = [
        sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-cache-dir", "--no-index",
        "--find-links", str(index), "--target", str(into), "--require-hashes", "-r", str(locked),
    ]  # fmt: skip
    quiet = {"PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": "/dev/null", "HOME": str(tmp_path)}

    def installed() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)  # noqa: S603  # our own words

    wheel(index, "good = False\n")
    told = installed()
    assert (told.returncode, (into / "honest.py").exists()) == (1, False)
    assert "DO NOT MATCH THE HASHES" in told.stderr.upper()
    wheel(index, "good = True\n")
    again = hashlib.sha256((index / "honest-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    locked.write_text(f"honest==1.0 --hash=sha256:{again}\n")
    assert (installed().returncode, (into / "honest.py").read_text()) == (0, "good = True\n")
