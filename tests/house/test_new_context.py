"""`make context` in a copy of the shop: what it writes is green at once, and joins the shop by a line each in few files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local import context
from tests.house import source

FOLDERS = ("chalicelib", "infra", "local", "simulator", "tests", "stages", "events", "docs", ".chalice")
FILES = (
    "app.py", "pyproject.toml", ".importlinter", ".gitattributes", "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md",
)  # fmt: skip
JOINS = {"chalicelib/kernel/permits.py", "infra/functions.py", ".importlinter", "chalicelib/faces/staff.py"}
PERMITS = "test_every_permit_is_in_the_table_and_every_line_of_the_table_is_asked_for"
HOUSE = [
    "tests/house/test_rooms.py", "tests/house/test_documents.py::test_every_made_document_is_as_the_code_says",
    "tests/house/test_grammar.py", "tests/house/test_kinds.py", "tests/house/test_side_by_side.py",
    "tests/house/test_routes.py", f"tests/house/test_permits.py::{PERMITS}", "tests/records/audit/test_rules.py",
]  # fmt: skip


@pytest.fixture(scope="module", params=context.STOREYS)
def copy(request, tmp_path_factory):
    """The shop with one more context: (its folder, the storey, what was there before)."""
    root = tmp_path_factory.mktemp(request.param)
    for name in FOLDERS:
        shutil.copytree(source.ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"), symlinks=True)
    for name in FILES:
        shutil.copy(source.ROOT / name, root / name)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    told = run(root, "-m", "local.context", "reviews", request.param)
    assert told.returncode == 0, told.stdout + told.stderr
    return root, request.param, before


def run(root: Path, *what: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # our own interpreter, our own modules
        [sys.executable, *what],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


def test_it_touches_nobody_elses_file_but_where_it_joins(copy):
    root, storey, before = copy
    touched = {str(path.relative_to(root)) for path, text in before.items() if path.read_bytes() != text}
    by_hand = {
        path for path in touched if not path.startswith(("docs/", ".chalice/")) and not path.endswith("openapi.json")
    }
    assert by_hand <= JOINS
    assert len(by_hand) == 3
    rooms = {path.name for path in (root / "chalicelib" / storey / "reviews").glob("*.py")}
    assert {"__init__.py", "service.py", "shapes.py", "admin_routes.py"} <= rooms
    assert ({"rules.py", "events.py", "model.py", "steps.py"} <= rooms) == (storey == "records")


def test_it_is_linted_and_typed(copy):
    root, storey, _ = copy
    mine = [
        f"chalicelib/{storey}/reviews",
        f"tests/{storey}/reviews",
        "chalicelib/kernel/permits.py",
        "infra/functions.py",
    ]
    for arguments in (["check", *mine], ["format", "--check", *mine]):
        told = run(root, "-m", "ruff", *arguments)
        assert told.returncode == 0, told.stdout + told.stderr
    typed = run(root, "-m", "mypy", "--no-incremental", "--follow-imports=silent", f"chalicelib/{storey}/reviews")
    assert typed.returncode == 0, typed.stdout


def test_its_tests_and_the_houses_are_green(copy):
    told = run(
        copy[0], "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"tests/{copy[1]}/reviews", *HOUSE
    )
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]


def test_its_scenario_survives_every_crash_and_race(copy):
    root, storey, _ = copy
    if storey != "records":
        pytest.skip("a view writes nothing")
    told = run(root, "-m", "tests.hardening.proof", "--slice", "quick", "--jobs", "1", "--only", "reviews")
    assert "violations: 0" in told.stdout, told.stdout[-3000:] + told.stderr[-2000:]


@pytest.mark.parametrize(
    ("name", "storey"), [("Reviews", "records"), ("review", "records"), ("reviews", "rooms"), ("orders", "records")]
)
def test_what_cannot_be_a_context_is_refused_and_nothing_is_written(tmp_path, name, storey):
    (tmp_path / "chalicelib/records/orders").mkdir(parents=True)
    with pytest.raises(context.Refused):
        context.write(name, storey, tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
