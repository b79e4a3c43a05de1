"""`make lock`: from the packages that we name (`requirements*.in`) to all that is installed, each with the digests of its files.

The lock counts for every Python from 3.11 on and every system: what only some need says so. Packages that are locked stay
as they are until their line in a `.in` file asks for another version; to renew one that we do not name, delete its lines first.
The index is the one that pip is configured to ask, and no file tells which.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST = "3.11"
LOCKS: dict[str, tuple[str, ...]] = {  # what is locked, and the locks that it must agree with
    "requirements": (),
    "requirements-pictures": (),
    "requirements-run": ("requirements", "requirements-pictures"),
    "requirements-dev": ("requirements", "requirements-run"),
    "requirements-engine": (),
    "requirements-backtest": (),
}
INDEX = (
    "global.index-url",
    "user.index-url",
    "site.index-url",
    "install.index-url",
    ":env:.index-url",
)  # the last counts


def command(name: str, agreeing: tuple[str, ...]) -> list[str]:
    """What makes one lock."""
    with_ = [word for other in agreeing for word in ("-c", f"{other}.txt")]
    return [
        str(Path(sys.executable).with_name("uv")),
        "pip",
        "compile",
        "--quiet",
        "--universal",
        "--python-version",
        OLDEST,
        "--generate-hashes",
        "--no-header",
        "--no-emit-index-url",
        "--no-emit-find-links",
        *with_,
        "-o",
        f"{name}.txt",
        f"{name}.in",
    ]


def environment(configured: str, own: Mapping[str, str]) -> dict[str, str]:
    """The environment in which the index is asked that pip asks; `configured` is what `pip config list` prints."""
    told = dict(line.split("=", 1) for line in configured.splitlines() if "=" in line)
    index = [str(ast.literal_eval(told[name])) for name in INDEX if name in told]
    return {**own, **({"UV_DEFAULT_INDEX": index[-1]} if index else {}), "UV_SYSTEM_CERTS": "true"}


def main() -> None:
    """Write every lock anew."""
    pip = [sys.executable, "-m", "pip", "config", "list"]
    configured = subprocess.run(pip, capture_output=True, text=True, check=True).stdout  # noqa: S603  # our own words
    asked = environment(configured, os.environ)
    for name, agreeing in LOCKS.items():
        subprocess.run(command(name, agreeing), cwd=ROOT, env=asked, check=True)  # noqa: S603  # our own words
        print(f"{name}.txt")


if __name__ == "__main__":
    main()
