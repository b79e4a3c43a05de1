"""To add a payment provider, a package and a line are enough: shown in a copy of the shop that has both, and nothing else.

There the contract of all providers is played with it, its notice is taken at the door, and all that hangs on a provider's
name is there: see toy/what_follows.py.
"""

import ast
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.house import source

PROVIDERS = "chalicelib/records/payments/providers"
TABLE, LAST = f"{PROVIDERS}/__init__.py", '        "unionpay",\n'
FAKES, LAST_FAKE = "tests/fakes/payments/__init__.py", '"unionpay": FakeUnionPay}\n'
FOLDERS = ("chalicelib", "infra", "local", "simulator", "tests", "stages", "events", "docs", ".chalice")
FILES = ("app.py", "pyproject.toml")
PLAYED = ("paying", "refunds", "freeing_stock", "given_up", "cases_put_right", "routes")  # at the fakes of the tests


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The shop with one more provider; the tests' own table of fakes has its other side."""
    root = tmp_path_factory.mktemp("shop")
    for name in FOLDERS:
        shutil.copytree(source.ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FILES:
        shutil.copy(source.ROOT / name, root / name)
    shutil.copytree(root / "tests/records/payments/toy/provider", root / PROVIDERS / "toy")
    _add(root / TABLE, LAST, '        "toy",\n')
    _add(root / FAKES, LAST_FAKE, 'from tests.records.payments.toy.fake import FakeToy\n\nFAKES["toy"] = FakeToy\n')
    return root


def _add(file, after, more):
    text = file.read_text(encoding="utf-8")
    assert text.count(after) == 1
    file.write_text(text.replace(after, after + more), encoding="utf-8")


def run(root, *what):
    """The names of the tests that passed in the copy; all must."""
    told = subprocess.run(  # noqa: S603  # our own interpreter, our own tests
        [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-p", "no:xdist", *what],
        cwd=root, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    return re.findall(r"^PASSED \S+::(.+)$", told.stdout, re.MULTILINE)


@pytest.mark.parametrize("name", ["alipay", "unionpay"])  # wechat is a terminal and a way of signing in, too
def test_the_name_of_a_provider_stands_in_its_package_and_in_the_table_only(name):
    told = [
        f"{path}:{node.lineno}"
        for path in source.python("chalicelib", "infra", "local", "app.py")
        for node in ast.walk(source.tree(path))
        if isinstance(node, ast.Constant) and node.value == name and not path.startswith(f"{PROVIDERS}/{name}/")
    ]
    assert [where.partition(":")[0] for where in told] == [TABLE], told
    pages = [
        path for path, text in source.texts().items() if path.endswith((".html", ".yaml")) and name in text.lower()
    ]
    assert pages == []


def test_the_contract_of_all_providers_holds_for_one_more(copy):
    ran = run(copy, "tests/records/payments/test_contract.py")
    of = lambda name: {one.replace(name, "*") for one in ran if name in one and "code:" not in one}
    assert of("toy") == of("wechat")
    assert len(of("toy")) > 30


def test_it_pays_orders_and_gives_back_as_every_other_and_its_notices_are_taken_at_the_door(copy):
    ran = run(copy, *(f"tests/processes/paying/test_{name}.py" for name in PLAYED), "-k", "toy")
    assert {"toy-/v1/webhooks/toy/pay]", "toy-/v1/webhooks/toy/refund]"} <= {name.partition("[")[2] for name in ran}
    assert len(ran) > 20


def test_all_that_hangs_on_its_name_follows_from_its_manifest(copy):
    assert len(run(copy, "tests/records/payments/toy/what_follows.py")) == 9
