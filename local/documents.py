"""Everything that is written down from the code: `make documents` writes it, `--check` fails on any drift.

docs/openapi.json, events/schemas, the pages in docs/ (local/pages.py), .chalice/. A change that would break who reads an event
is refused even when writing, unless `--break` says that nobody reads it yet.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra import functions

from . import openapi, pages, schemas

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = "events/schemas"
OPENAPI = "chalicelib/processes/console/openapi.json"  # served as it lies there; docs/openapi.json leads to it
FOLDERS = (SCHEMAS, ".chalice/policies")


def documents() -> dict[str, str]:
    """Path below the project -> text, for every document made from the code."""
    for module in ("app", "chalicelib.runtime.workers", "chalicelib.runtime.settings", "chalicelib.runtime.switches"):
        importlib.import_module(module)  # all registries are full before the first document is made
    made = {OPENAPI: _json(openapi.document())}
    made |= {f"{SCHEMAS}/{path}": _json(schema) for path, schema in schemas.files().items()}
    made |= functions.files()
    return made | {f"docs/{name}.md": text for name, text in pages.pages().items()}


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def committed(root: Path) -> dict[str, Any]:
    """The event schemas that stand in the project."""
    folder = root / SCHEMAS
    return {
        str(path.relative_to(folder)): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }


def drift(root: Path = ROOT) -> list[str]:
    """How the written documents differ from the code, a sentence each."""
    made = documents()
    found = schemas.breaking(committed(root), schemas.files())
    for path, text in made.items():
        file = root / path
        if not file.exists():
            found.append(f"{path} is missing")
        elif file.read_text(encoding="utf-8") != text:
            found.append(f"{path} differs from the code")
    return found + [f"{path} describes nothing" for path in stale(root, made)]


def stale(root: Path, made: Mapping[str, str]) -> list[str]:
    """Files in folders of ours that nothing in the code makes any more."""
    found = [
        path.relative_to(root).as_posix() for folder in FOLDERS for path in sorted((root / folder).rglob("*.json"))
    ]
    return [path for path in found if path not in made]


def write(root: Path = ROOT) -> list[str]:
    """Write all documents; answers the paths that changed."""
    changed = []
    made = documents()
    for path in stale(root, made):
        (root / path).unlink()
        changed.append(path)
    for path, text in made.items():
        file = root / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed


def main(arguments: list[str]) -> int:
    """0 when all is written down as it is; 1 on drift or a breaking change."""
    asked = argparse.ArgumentParser(prog="local.documents", description=inspect.getdoc(sys.modules[__name__]))
    asked.add_argument("--check", action="store_true", help="write nothing; fail on any difference")
    asked.add_argument("--break", dest="broken", action="store_true", help="nobody reads the events yet")
    told = asked.parse_args(arguments)
    if told.check:
        found = drift()
        print("\n".join(found) if found else "documents and code agree")
        return 1 if found else 0
    importlib.import_module("app")
    if not told.broken and (found := schemas.breaking(committed(ROOT), schemas.files())):
        print("a new version of the fact is needed:", *found, sep="\n  ")
        return 1
    print("\n".join(write()) or "nothing changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
