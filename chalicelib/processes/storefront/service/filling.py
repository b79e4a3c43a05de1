"""Putting things into a cart; then somebody looks a day later whether it was left.

Guarantees: a cart is looked at by a row of `touches` that is written when something comes into one which nobody awaits, and
by nothing else: whoever goes on filling it costs no more than the line itself. What becomes of that row is never in the
way of a cart: where it cannot be written a reminder is lost, and no line. Nobody looks at guests.
"""

from __future__ import annotations

from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import GUEST, LEFT, looked_at
from chalicelib.records.carts.service import CartSize
from chalicelib.records.touches import steps as touches
from chalicelib.runtime import observe
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

PATIENCE = 1.0  # seconds that a cart waits for its row


def put_item(sku: str, quantity: int, work: Work) -> CartSize:
    """Have so many pieces of a SKU in the cart. Raises CartFull."""
    size = carts.put_item(sku, quantity, work)
    if size.roused:
        _await(work)
    return size


def merge(guest: Caller, work: Work) -> list[str]:
    """Take a guest's cart over. Returns the SKUs that found no room. Raises GuestNeeded; its refusal: StaleCart."""
    merged = carts.merge(guest, work)
    if merged.roused:
        _await(work)
    return merged.left_out


def _await(work: Work) -> None:
    if work.caller.role == GUEST:
        return
    try:
        for step in touches.arm(LEFT, work.caller.id, looked_at(work.now, carts.rest())):
            work.separate(PATIENCE).put_now(step)
    except Exception as trouble:  # whatever it is, the cart is filled
        observe.logger().warning("nobody will look whether a cart was left", cause=type(trouble).__name__)
