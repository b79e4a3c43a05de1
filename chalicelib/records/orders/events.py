"""What orders tell."""

from __future__ import annotations

from chalicelib.kernel.facts import Fact


class OrderPlaced(Fact, context="orders"):
    """An order was opened and its stock is held; `payable` in fen."""

    order_id: str
    customer: str
    payable: int


class OrderPayDue(Fact, context="orders"):
    """For later: the order's time to pay has run out, if it still stands unpaid."""

    order_id: str


class OrderPaid(Fact, context="orders"):
    """The order is paid by this payment (empty when there was nothing to pay)."""

    order_id: str
    payment_id: str


class OrderCancelled(Fact, context="orders"):
    """The order was given up unpaid; `by` is customer or shop, and the shop has a `reason`."""

    order_id: str
    by: str
    reason: str = ""


class OrderExpired(Fact, context="orders"):
    """The order was not paid in time."""

    order_id: str


class OrderRevived(Fact, context="orders"):
    """Late money came for an order that had expired, and everything could be held again: it is paid."""

    order_id: str
    payment_id: str


class OrderReaddressed(Fact, context="orders"):
    """Its customer had the order sent elsewhere before it was shipped: to this version of an address."""

    order_id: str
    address: str


class OrderAdjusted(Fact, context="orders"):
    """The shop made an unpaid order cheaper: what was to be paid before and after, fen."""

    order_id: str
    before: int
    after: int


class OrderAnnulled(Fact, context="orders"):
    """All the money of a paid order went back, or it cost nothing: it is given up, and its pieces are free."""

    order_id: str
