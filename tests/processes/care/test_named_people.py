"""Who has a named person at the desk."""

from __future__ import annotations

import pytest

from chalicelib.processes.care.helpdesk import service
from chalicelib.runtime import settings


@pytest.mark.parametrize("orders", ["0", "-1", "many"])
def test_of_no_orders_nobody_is_valued(monkeypatch, orders):
    monkeypatch.setenv(service.HIGH_ORDERS, orders)
    with pytest.raises(ValueError, match=service.HIGH_ORDERS):
        settings.number(service.HIGH_ORDERS)


def test_one_order_may_be_enough(monkeypatch):
    monkeypatch.setenv(service.HIGH_ORDERS, "1")
    assert settings.number(service.HIGH_ORDERS) == 1
