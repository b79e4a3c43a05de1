"""A shop with a shirt on the shelf; an operator, and an administrator who is the second person."""

from __future__ import annotations

import pytest

from tests.support import people
from tests.support.shelf import shirts, shop

__all__ = ["shirts", "shop"]


@pytest.fixture
def operator(front):
    return people.member(front, "operator", fresh=True)


@pytest.fixture
def admin(front):
    return people.member(front, "admin", fresh=True)
