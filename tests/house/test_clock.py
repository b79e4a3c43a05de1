"""The knob that moves a local shop forward: its processes and its payment simulator live in the same later time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from local import clock
from simulator.__main__ import later


def test_a_shop_is_in_our_time_until_somebody_moves_it(tmp_path):
    assert abs(clock.MovedClock(tmp_path / clock.NAME).now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_moves_add_up_and_count_at_once(tmp_path):
    shop = clock.MovedClock(tmp_path / clock.NAME)
    shop.now()
    assert clock.forward(tmp_path, "31m") == 1860
    assert abs(shop.now() - datetime.now(UTC) - timedelta(minutes=31)) < timedelta(seconds=5)
    assert clock.forward(tmp_path, "2h") == 9060
    assert abs(shop.now() - datetime.now(UTC) - timedelta(seconds=9060)) < timedelta(seconds=5)


def test_the_simulator_reads_the_same_file(tmp_path):
    clock.forward(tmp_path, "1d")
    assert abs(later(tmp_path / clock.NAME) - time.time() - 86_400) < 5


@pytest.mark.parametrize("text", ["", "5", "-5m", "1.5h", "m", "1w"])
def test_what_is_no_time_span_moves_nothing(tmp_path, text):
    with pytest.raises(ValueError, match="forwards"):
        clock.forward(tmp_path, text)
    assert clock.ahead(tmp_path / clock.NAME) == 0
