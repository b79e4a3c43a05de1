"""A shop to break into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hardening.fuzz.staffed import StaffedShop


@pytest.fixture(scope="module")
def running() -> Iterator[StaffedShop]:
    with StaffedShop().running() as shop:
        yield shop


@pytest.fixture
def shop(running: StaffedShop) -> StaffedShop:
    """The same shop for every test."""
    running.back()
    return running
