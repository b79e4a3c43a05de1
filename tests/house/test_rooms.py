"""Who may import whom, and that nothing happens at import but definitions."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Blueprint

from tests.house import source

CONTEXTS = ("chalicelib/records", "chalicelib/processes")
SDK = {"boto3", "botocore"}
FORBIDDEN = {  # room -> libraries it may not know
    "rules": SDK | {"pynamodb", "chalice", "pydantic", "aws_lambda_powertools"},
    "events": SDK | {"pynamodb", "chalice", "pydantic", "aws_lambda_powertools"},
    "model": SDK | {"chalice", "pydantic"},
    "service": SDK | {"pynamodb", "chalice"},
    "providers": SDK | {"pynamodb", "chalice"},
    "kinds": SDK | {"pynamodb", "chalice"},
    "carriers": SDK | {"pynamodb", "chalice"},
    "warehouses": SDK | {"pynamodb", "chalice"},
}
ELSEWHERE = SDK | {"pynamodb"}  # routes, consumers, shapes…: only the runtime knows the SDK, only models its tables

OPEN = {
    "service",
    "steps",
    "rules",
    "events",
    "shapes",
    "texts",
    "providers",
    "carriers",
    "warehouses",
}  # a record's rooms that processes may enter

ALONE = """
import socket, sys
def refuse(*_):
    raise AssertionError("something wants the network at import")
socket.socket.connect = socket.getaddrinfo = refuse
import app
from chalicelib.runtime import clients
assert not clients._clients and not clients._session, "a client was made at import"
assert app.app.routes
"""
LEAN = """
import importlib, sys
importlib.import_module(sys.argv[1])
print(*sorted({"app", "boto3", "jinja2", "pydantic"} & set(sys.modules)))
"""


def run(code: str, *arguments: str) -> str:
    told = subprocess.run(  # noqa: S603  # our own interpreter, our own code
        [sys.executable, "-c", code, *arguments],
        cwd=source.ROOT, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return told.stdout.strip()


def workers() -> list[str]:
    """The modules that Lambda imports for queues, schedules and streams."""
    found = [path for path in source.python("chalicelib") if path.endswith("consumers.py")]
    return [path.removesuffix(".py").replace("/", ".") for path in found]


def test_the_import_rules_of_the_storeys_hold():
    linter = Path(sys.executable).with_name("lint-imports")
    told = subprocess.run(  # noqa: S603  # our own linter
        [str(linter), "--no-cache"], cwd=source.ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert told.returncode == 0, told.stdout[-3000:]


TRESPASSES = {  # a file that is put into a copy of the house -> what the linter says of it
    "chalicelib/records/reviews/service.py": (
        "from chalicelib.records.orders import service",
        "chalicelib.records.reviews is not allowed to import chalicelib.records.orders",
    ),
    "chalicelib/processes/storefront/service/peeping.py": (
        "from chalicelib.processes.console import shapes",
        "chalicelib.processes.storefront is not allowed to import chalicelib.processes.console",
    ),
    "chalicelib/processes/refunding/service/peeping.py": (
        "from chalicelib.processes.paying import rules",
        "chalicelib.processes.refunding is not allowed to import chalicelib.processes.paying",
    ),
    "chalicelib/processes/lonely/rules.py": ("MOST = 3", "- chalicelib.processes.lonely"),
    "chalicelib/records/identity/self/rules.py": (
        "from chalicelib.records.identity.staff import rules",
        "chalicelib.records.identity.self is not allowed to import chalicelib.records.identity.staff",
    ),
    "chalicelib/records/identity/attic/rules.py": ("HIGH = 2", "- chalicelib.records.identity.attic"),
    "chalicelib/cellar.py": ("DEEP = 1", "- chalicelib.cellar"),
}


@pytest.mark.parametrize("path", TRESPASSES)
def test_a_context_that_nobody_declared_and_one_that_looks_at_its_neighbour_are_found(path, tmp_path):
    """The rules hold for rooms that are not built yet: no contract lists contexts by hand."""
    code, told = TRESPASSES[path]
    for name in ("chalicelib", "simulator"):
        shutil.copytree(source.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(source.ROOT / ".importlinter", tmp_path)
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    (file.parent / "__init__.py").touch()
    file.write_text(f"{code}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(  # noqa: S603  # our own linter
        [str(linter), "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
    )
    assert (done.returncode, told in " ".join(done.stdout.split())) == (1, True), done.stdout[-2000:]


def doors_left_out(blueprints: Iterable[tuple[str, Any]], registered: Any) -> list[str]:
    """The modules whose blueprint is not the app's."""
    return [name for name, bp in blueprints if bp._current_app is not registered]


def test_every_door_is_registered():
    from app import app

    paths = [path for path in source.python("chalicelib") if path.endswith(("routes.py", "consumers.py"))]
    names = [path.removesuffix(".py").replace("/", ".") for path in paths]
    assert doors_left_out([(name, importlib.import_module(name).bp) for name in names], app) == []
    assert doors_left_out([("reviews.routes", Blueprint("reviews.routes"))], app) == ["reviews.routes"]


def test_each_room_knows_only_the_libraries_it_needs():
    wrong = [
        f"{path}:{line} imports {module}"
        for path in source.python(*CONTEXTS)
        for line, module in source.imports(path)
        if module.split(".")[0] in FORBIDDEN.get(source.room(path), ELSEWHERE)
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_runtime_knows_the_aws_sdk():
    wrong = [
        f"{path}:{line} imports {module}"
        for path in source.python("chalicelib", "app.py")
        if not path.startswith("chalicelib/runtime/")
        for line, module in source.imports(path)
        if module.split(".")[0] in SDK
    ]
    assert not wrong, "\n".join(wrong)


def test_nobody_reads_the_tables_of_another_context():
    wrong = []
    for path in source.python(*CONTEXTS):
        own = ".".join(path.split("/")[:3])
        for line, module in source.imports(path):
            if (
                module.startswith("chalicelib.")
                and source.entered(module) == "model"
                and not module.startswith(f"{own}.")
            ):
                wrong.append(f"{path}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_processes_enter_only_the_open_rooms_of_records():
    wrong = []
    for path in source.python("chalicelib/processes"):
        for line, module in source.imports(path):
            if module.startswith("chalicelib.records.") and source.entered(module) not in {"", *OPEN}:
                wrong.append(f"{path}:{line} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_a_wing_of_a_context_has_the_same_rooms():
    identity = "chalicelib/records/identity"
    assert source.room(f"{identity}/model.py") == "model"
    assert source.room(f"{identity}/access/rules.py") == "rules"
    assert source.room(f"{identity}/access/service/tokens.py") == "service"
    assert source.room("chalicelib/records/orders/service/open.py") == "service"
    assert source.room("chalicelib/processes/console/admin_routes.py") == "admin_routes"
    assert source.entered("chalicelib.records.identity.access.service.tokens") == "service"
    assert source.entered("chalicelib.records.identity.access") == source.entered("chalicelib.records.identity") == ""
    assert source.entered("chalicelib.records.identity.model.Account") == "model"
    assert source.entered("chalicelib.records.identity.staff.admin_routes") == "admin_routes"
    assert source.entered("chalicelib.records.orders.service.open") == "service"


def test_importing_the_app_needs_no_environment_no_network_and_makes_no_client():
    run(ALONE)


@pytest.mark.parametrize("module", workers())
def test_a_worker_imports_neither_the_app_nor_what_only_the_front_door_needs(module):
    assert run(LEAN, module) == ""


def test_every_worker_module_keeps_its_handlers_under_the_names_lambda_looks_for():
    for module in workers():
        __import__(module)
        made = sys.modules[module]
        handlers = [name for name in dir(made) if callable(getattr(made, name)) and not name.startswith("_")]
        assert handlers, module
