"""The shop that the journeys go through: the one at JISHI_BASE_URL, or one that is started for them as `make run` does."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import runner as runners
from tests.support.runner import Runner

from .shop import Shop


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner | None]:
    if "JISHI_BASE_URL" in os.environ:
        yield None
        return
    home = tmp_path_factory.mktemp("shop")
    with runners.running(home, JISHI_RECORD=str(home / "calls.jsonl")) as runner:
        yield runner


@pytest.fixture(scope="session")
def logins(running: Runner | None) -> dict[str, str]:
    """How each role signs in, as the shop prints it at its start: role -> "e-mail password … TOTP secret …"."""
    if running is None:
        return dict(json.loads(os.environ["JISHI_LOGINS"]))
    told = re.findall(r"^  login (\w+) +(.+)$", running.said.read_text(), re.MULTILINE)
    return dict(told)


@pytest.fixture
def shop(running: Runner | None) -> Shop:
    if running is None:
        return Shop(os.environ["JISHI_BASE_URL"], os.environ["JISHI_CASHIER_URL"])
    return Shop(running.base, f"http://127.0.0.1:{running.ports['JISHI_CASHIER_PORT']}")
