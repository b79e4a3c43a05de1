"""What ordering describes over several records."""

from __future__ import annotations

from chalicelib.processes.refunding.steps import give_back
from chalicelib.records.orders import steps as order_steps
from chalicelib.records.orders.service import Order
from chalicelib.runtime.table import Step


def undo(order: Order, action: str, *, by: str = "", owed: bytes | None = None) -> list[Step]:
    """The steps that close an order and give back what it held: who gave it up, and what its customer gets for it, sealed."""
    return [order_steps.close(order.id, action, by=by, owed=owed), *give_back(order)]
