"""When what is new is told of, and how long it is new."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.kernel.clock import SHOP_ZONE
from chalicelib.kernel.ids import ulid
from chalicelib.records.watching import rules


@pytest.mark.parametrize(("hour", "minute", "days"), [(9, 59, 0), (10, 0, 1), (23, 0, 1), (0, 0, 0)])
def test_what_comes_is_told_of_at_the_next_ten(hour, minute, days):
    now = datetime(2026, 6, 1, hour, minute, tzinfo=SHOP_ZONE)
    assert rules.told_at(now) == datetime(2026, 6, 1 + days, 10, tzinfo=SHOP_ZONE)


def test_a_product_is_new_for_ninety_days():
    made = datetime(2026, 6, 1, tzinfo=UTC)
    product = f"P{ulid(made, bytes(10))}"
    assert rules.is_new(product, made + timedelta(days=90, seconds=-1))
    assert not rules.is_new(product, made + timedelta(days=90))


def test_what_was_bought_is_told_of_for_a_year():
    noted = datetime(2026, 6, 1, tzinfo=UTC)
    assert rules.still_told(noted, noted + timedelta(days=365, seconds=-1))
    assert not rules.still_told(noted, noted + timedelta(days=365))


@pytest.mark.parametrize(
    ("kind", "seen", "left", "price", "told"),
    [
        (rules.STOCK, 100, 0, 50, False),
        (rules.STOCK, 100, 1, 100, True),
        (rules.PRICE, 100, 5, 100, False),
        (rules.PRICE, 100, 0, 99, True),
        (rules.FAVOURITE, 100, 5, 50, False),
        (rules.BOUGHT, 100, 5, 50, False),
    ],
)
def test_what_somebody_waits_for_is_so_to_the_piece_and_to_the_fen(kind, seen, left, price, told):
    assert rules.due(kind, seen, left=left, price=price) is told
