"""A town to break into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hardening.fuzz.town import Town


@pytest.fixture(scope="module")
def inhabited() -> Iterator[Town]:
    with Town().inhabited() as town:
        yield town


@pytest.fixture
def town(inhabited: Town) -> Town:
    """The same town for every test."""
    inhabited.back()
    return inhabited
