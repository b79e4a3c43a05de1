"""The worker that hands each fact to all who subscribed to it, and goes through stretches that are sent once more. It sends
nothing itself: whoever does has a queue of its own."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.facts import Delivery
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.orders.events import (
    OrderAdjusted,
    OrderAnnulled,
    OrderCancelled,
    OrderExpired,
    OrderPaid,
    OrderPlaced,
    OrderRevived,
)
from chalicelib.records.payments.events import (
    PaymentFailed,
    PaymentSucceeded,
    RefundFailed,
    RefundRequested,
    RefundSucceeded,
)
from chalicelib.records.shipping.events import (
    ShipmentCancelled,
    ShipmentCreated,
    ShipmentDelivered,
    ShipmentLabelled,
    ShipmentReturned,
    ShipmentTroubled,
)
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .events import WebhookRedeliveryDue
from .rules import SPOKEN
from .service import messages

bp = Blueprint(__name__)
worker = consumer(bp, "subscriptions")
TOLD = (
    OrderAdjusted, OrderAnnulled, OrderCancelled, OrderExpired, OrderPaid, OrderPlaced, OrderRevived,
    PaymentFailed, PaymentSucceeded, RefundFailed, RefundRequested, RefundSucceeded,
    ShipmentCancelled, ShipmentCreated, ShipmentDelivered, ShipmentLabelled, ShipmentReturned, ShipmentTroubled,
    StockLevelChanged,
)  # fmt: skip


def tell(told: Delivery, work: Work) -> None:
    """One message to each who wants to know of it."""
    messages.tell(SPOKEN.get(told.wire, told.wire), told.id, told.at, told.data, work)


for fact in TOLD:
    worker.on_told(fact)(tell)


@worker.on(WebhookRedeliveryDue)
def go_on(fact: WebhookRedeliveryDue, work: Work) -> None:
    """The next part of a stretch."""
    messages.go_on(fact.subscription_id, fact.after, fact.until, fact.only, work)
