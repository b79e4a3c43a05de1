"""The knob that moves a local shop forward: its processes and its payment simulator live in the same later time."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.records.identity.access.proofs import totp_code
from local import clock, totp
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


def test_one_step_is_at_most_sixty_days_and_all_of_them_four_hundred(tmp_path):
    with pytest.raises(ValueError, match="60d at once"):
        clock.forward(tmp_path, "999999d")
    with pytest.raises(ValueError, match="60d at once"):
        clock.forward(tmp_path, "1441h")
    for _ in range(6):
        clock.forward(tmp_path, "60d")
    with pytest.raises(ValueError, match="400 days ahead"):
        clock.forward(tmp_path, "41d")
    assert clock.forward(tmp_path, "40d") == 400 * 86_400


def test_an_authenticators_code_is_that_of_the_shops_own_time(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JISHI_STATE", str(tmp_path))
    secret = b"12345678901234567890"
    clock.forward(tmp_path, "1d")
    at = int(time.time()) + 86_400
    assert totp.main([base64.b32encode(secret).decode().rstrip("=").lower()]) == 0
    assert capsys.readouterr().out.strip() in {totp_code(secret, step) for step in (at // 30, at // 30 + 1)}


@pytest.mark.parametrize("told", [[], ["not base 32!"], ["a"]])
def test_what_is_no_secret_of_a_second_factor_is_refused_in_a_sentence(told, capsys):
    assert totp.main(told) == 1
    assert "python -m local.totp SECRET" in capsys.readouterr().err
