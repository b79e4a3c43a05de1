"""Telling a customer what became of money that came late, came twice or went back.

Guarantees: it is said once at most, to a contact that is proven theirs; the text names the order by the end of its number.
A message that cannot be delivered is counted and logged where it is sent, and the order shows the same.
"""

from __future__ import annotations

from contextlib import suppress

from chalicelib.records.identity.service.reaching import reach
from chalicelib.records.messages.service import NotDelivered, send
from chalicelib.records.orders import service as orders
from chalicelib.runtime.work import Work

TAIL = 6  # letters of an order's number, as the shop's own find it by


def tell_customer(what: str, order_id: str, work: Work, **values: str) -> None:
    """Say so to the customer of an order; `what` is a text of messages. Raises OrderUnknown, VaultClosed."""
    to = reach(orders.find(order_id).customer)
    work.commit()  # first noted, then said: a message is tried once
    if to is not None:
        with suppress(NotDelivered):
            send(what, to.kind, to.address, to.language, order=order_id[-TAIL:], **values)
