"""The till, set up once and put back for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.exactly.till import Till

_made: list[Any] = []


@pytest.fixture
def till() -> Iterator[Till]:
    if not _made:
        made = Till()
        _made.extend((made, made.snapshot()))
    stage: Till = _made[0]
    stage.restore(_made[1])
    for one in stage.providers.values():
        one.says, one.asked = {}, []
    stage.between = {}
    with stage.standing():
        stage.look()
        yield stage
