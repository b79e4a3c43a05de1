"""The client that a front end generates from the contract, compiled and run with the Node.js that our packages bring."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from local import documents, node

CONTRACT = documents.ROOT / documents.OPENAPI
OPTIONS = ("--default-non-nullable", "false")  # what has a default need not be sent
COMPILED = {
    "compilerOptions": {
        "strict": True, "noUncheckedIndexedAccess": True, "exactOptionalPropertyTypes": True, "noEmit": True,
        "module": "nodenext", "target": "esnext", "allowImportingTsExtensions": True, "types": ["node"],
    },
}  # fmt: skip


def client(folder: Path) -> Path:
    """Generate the types of the contract as it is served; answers the folder, in which programs can be laid."""
    (folder / "node_modules").symlink_to(node.MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "tsconfig.json").write_text(json.dumps({**COMPILED, "include": ["*.ts"]}))
    _run([*node.tool("openapi-typescript", "bin/cli.js"), str(CONTRACT), "-o", "shop.d.ts", *OPTIONS], folder)
    return folder


def troubles(folder: Path) -> list[str]:
    """What the strict compiler has against the programs of a folder, a file and a sentence each."""
    told = subprocess.run(  # noqa: S603  # our own words
        node.tool("typescript", "bin/tsc"), cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    found = re.findall(r"^(\S+?\.ts\(\d+),\d+\): error (.*)", told.stdout, re.MULTILINE)
    assert bool(found) == bool(told.returncode), told.stdout + told.stderr
    return [f"{at}): {words}" for at, words in found]


def run(program: Path, **environment: str) -> str:
    """Run a program; answers what it printed."""
    return _run([node.NODE, "--disable-warning=ExperimentalWarning", program.name], program.parent, **environment)


def _run(command: list[str], folder: Path, **environment: str) -> str:
    told = subprocess.run(  # noqa: S603  # our own words
        command, cwd=folder, env=environment or None, capture_output=True, text=True, timeout=180, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout
