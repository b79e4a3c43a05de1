"""What refunding describes over several records."""

from __future__ import annotations

from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders.service import Order
from chalicelib.runtime.table import Step


def give_back(order: Order) -> list[Step]:
    """Everything scarce that an order still has goes back, when it is closed or annulled: the pieces it holds."""
    return stock_steps.release(order.held)
