"""The text of the project: its size, its words, its secrets, its arithmetic."""

from __future__ import annotations

import ast
import re

import pytest

from local import lock
from tests.house import source

LONGEST = 500
MONEY = (
    "chalicelib/kernel/money.py", "chalicelib/kernel/quote.py", "chalicelib/kernel/runs.py", "chalicelib/records/pricing",
    "chalicelib/records/payments",
    "chalicelib/records/orders", "chalicelib/processes/ordering", "chalicelib/processes/paying",
    "chalicelib/processes/refunding",
)  # fmt: skip
SECONDS = re.compile(r"(seconds|timeout|patience|pause|wait|every|connect|read|longest)$", re.IGNORECASE)
SECRETS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\\?[rn\s]+[A-Za-z0-9+/=\\\n]{60,}"),
    "a bare private key": re.compile(r"MII(?:Ev|Ep|Eo|CX|CW|JQ|JK)[A-Za-z0-9+/\s]{200,}"),
    "an AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a live payment key": re.compile(r"\b[sr]k_live_[0-9A-Za-z]{10,}"),
    "a token": re.compile(r"\bgh[pousr]_[0-9A-Za-z]{30,}|\bxox[abp]-[0-9A-Za-z-]{20,}"),
}
MACHINE = re.compile(r"(?<![\w.$}{/-])/(?:work|root|home|Users|private|var/folders)/\w|(?<![\w.$}{/-])/tmp/\w")
HOSTS = re.compile(
    r"--(?:extra-)?index-url|index-url\s*=|PIP_INDEX|\b(?:files|registry)\.\w+\.(?:org|com)\b", re.IGNORECASE
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
WITHOUT_REASON = (
    re.compile(r"#\s*noqa(?::\s*[A-Z0-9, ]+)?\s*$", re.MULTILINE),
    re.compile(r"#\s*type:\s*ignore(?:\[[a-z-, ]+\])?\s*$", re.MULTILINE),
)
UNREPEATABLE = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "monotonic"), ("os", "urandom"), ("random", "random"), ("random", "choice"), ("random", "randint"),
    ("secrets", "token_bytes"), ("secrets", "token_hex"), ("secrets", "token_urlsafe"), ("secrets", "randbelow"),
    ("uuid", "uuid4"), ("uuid", "uuid1"), ("time", "sleep"),
}  # fmt: skip


def lines_with(pattern: re.Pattern[str], paths: dict[str, str]) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, found.start()) + 1}: {found.group()[:60]}"
        for path, text in paths.items()
        for found in pattern.finditer(text)
    ]


def test_nothing_is_left_unfinished():
    assert not lines_with(UNFINISHED, source.texts())


def test_no_file_is_longer_than_a_reader_can_hold():
    long = {
        path: text.count("\n")
        for path, text in source.texts().items()
        if "." + path.rsplit(".", 1)[-1] in source.CODE and text.count("\n") > LONGEST
    }
    assert not long


def test_every_module_opens_with_what_it_guarantees():
    ours = {path: text for path, text in source.python().items() if not path.startswith("tests/")}
    assert not [path for path, text in ours.items() if text.strip() and not ast.get_docstring(source.tree(path))]


@pytest.mark.parametrize("path", sorted(source.python(*MONEY)))
def test_no_float_and_no_division_touches_money(path):
    wrong = []
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            wrong.append((node.lineno, "float()"))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            wrong.append((node.lineno, "division"))
        elif isinstance(node, ast.Constant) and isinstance(node.value, float) and not is_duration(path, node):
            wrong.append((node.lineno, repr(node.value)))
    assert not wrong


def is_duration(path: str, constant: ast.Constant) -> bool:
    """Whether a float is a time to wait, by the name it is bound to: `timeout=5.0`, `READ_SECONDS = 4.0`."""
    for node in ast.walk(source.tree(path)):
        names: list[str] = []
        if isinstance(node, ast.keyword) and node.value is constant:
            names = [node.arg or ""]
        elif isinstance(node, ast.Assign) and constant in ast.walk(node.value):
            names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and node.value is constant and isinstance(node.target, ast.Name):
            names = [node.target.id]
        elif isinstance(node, ast.arguments):
            given = [*node.posonlyargs, *node.args]
            pairs = [*zip(given[len(given) - len(node.defaults) :], node.defaults, strict=True)]
            pairs += [(arg, default) for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True) if default]
            names = [arg.arg for arg, default in pairs if default is constant]
        if any(SECONDS.search(name) for name in names):
            return True
    return False


def test_time_chance_and_ids_come_from_the_injected_world():
    wrong = [
        f"{path}:{node.lineno} {node.value.id}.{node.attr}"
        for path in source.python("chalicelib/kernel", "chalicelib/records", "chalicelib/processes")
        if path != "chalicelib/kernel/clock.py"
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in UNREPEATABLE
    ]
    assert not wrong


def test_the_environment_is_read_in_two_places_only():
    readers = {path for path, text in source.python("chalicelib").items() if re.search(r"os\.environ|os\.getenv", text)}
    assert readers <= {"chalicelib/runtime/settings.py", "chalicelib/runtime/table.py"}


def test_every_ignored_warning_has_its_reason_on_its_line():
    assert not [hit for pattern in WITHOUT_REASON for hit in lines_with(pattern, source.python())]


def test_every_test_is_named_by_a_sentence():
    short = [
        f"{path}: {node.name}"
        for path in source.python("tests")
        if path.rsplit("/", 1)[-1].startswith("test_")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name.split("_")) < 4
    ]
    assert not short


def test_every_test_can_fail():
    toothless = []
    for path in source.python("tests"):
        if not path.rsplit("/", 1)[-1].startswith("test_"):
            continue
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                calls = any(isinstance(part, ast.Assert | ast.Call | ast.Raise) for part in ast.walk(node))
                if not calls:
                    toothless.append(f"{path}: {node.name}")
    assert not toothless


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_no_secret_is_in_the_repository(name):
    assert not lines_with(SECRETS[name], source.texts())


def test_certificates_stand_only_among_vectors_and_samples():
    hits = lines_with(re.compile(r"-----BEGIN CERTIFICATE-----\\?[n\s]+[A-Za-z0-9+/]{40,}"), source.texts())
    assert not [hit for hit in hits if "/vectors/" not in hit and not hit.startswith("events/samples/")]


def test_nothing_names_a_path_of_one_machine():
    assert not lines_with(MACHINE, source.texts())


def test_nothing_names_a_package_registry():
    assert not lines_with(
        HOSTS, {path: text for path, text in source.texts().items() if not path.startswith("tests/house/")}
    )


def test_state_and_builds_are_ignored_by_git():
    ignored = set(source.texts()[".gitignore"].split())
    wanted = {".venv", ".venv-engine", ".state/", "build/", "__pycache__/", "*.pyc", ".hypothesis/", ".mypy_cache/"}
    assert wanted <= ignored


def test_every_requirement_is_pinned_to_one_version():
    for path in (f"{name}.in" for name in lock.LOCKS):
        lines = [line.split("#")[0].strip() for line in source.texts()[path].splitlines()]
        loose = [
            line
            for line in lines
            if line and not line.startswith("-r ") and not re.fullmatch(r"[\w.\[\]-]+==[\w.]+", line)
        ]
        assert not loose, path
