"""What fulfilment describes over several records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.service import Order
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.steps import refunds as refund_steps
from chalicelib.runtime.table import Step


def send(order: Order, units: Sequence[int], payment: Payment | None, at: datetime) -> list[Step]:
    """So many units of each line leave an order's stock, while nothing more of them is asked back."""
    pieces = order.pieces(units)
    steps = [order_steps.ship(order, units), *stock_steps.ship(pieces, at)]
    steps += stock_steps.wait_less(order.id, order.bill, pieces, order.held)
    return steps if payment is None else [*steps, refund_steps.check_units(payment)]


def take_back(order: Order, units: Sequence[int], at: datetime) -> list[Step]:
    """So many units of each line that were to be sent lie in the stock again: held for the order, or free where they were paid
    back meanwhile."""
    held, free = order.pieces_back(units)
    steps = [order_steps.unship(order, units), *stock_steps.unship(held, free, at)]
    return [*steps, *stock_steps.wait(order.id, order.bill, held)]
