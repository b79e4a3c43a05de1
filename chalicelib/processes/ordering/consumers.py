"""Ordering's worker: what follows from facts."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.orders.events import OrderPayDue
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .service.close_order import expire_order

bp = Blueprint(__name__)
worker = consumer(bp, "ordering", batch=3)  # closing attempts asks their providers, as paying's worker does


@worker.on(OrderPayDue, keyed=False)
def expire(fact: OrderPayDue, work: Work) -> None:
    """An order's time to pay has run out; its state is the condition, so a second tick is harmless."""
    expire_order(fact, work)
