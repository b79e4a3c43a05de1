"""What catalogue tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.runtime import clients
from tests.records.catalog.goods import FABRIC, category


@pytest.fixture
def shirts(engine) -> str:
    return category("shirts", None, FABRIC)


@pytest.fixture
def calls(engine) -> Iterator[list[str]]:
    """The names of the calls made to DynamoDB."""
    made: list[str] = []
    events, name = clients.client("dynamodb").meta.events, "before-call.dynamodb"
    listen = lambda model, **_: made.append(model.name)
    events.register(name, listen)
    yield made
    events.unregister(name, listen)
