"""What orders tell."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class OrderPlaced(Fact, context="orders", audit=Left("the order itself is kept")):
    """An order was opened and its stock is held; `payable` in fen."""

    order_id: str
    customer: str
    payable: int


class OrderPayDue(Fact, context="orders", audit=REMINDER):
    """For later: the order's time to pay has run out, if it still stands unpaid."""

    order_id: str


class OrderPaid(Fact, context="orders", audit=Left("follows from payment.succeeded")):
    """The order is paid by this payment (empty when there was nothing to pay)."""

    order_id: str
    payment_id: str


class OrderCancelled(Fact, context="orders", audit=Audit("shop", "order_id", only={"by": "shop"})):
    """The order was given up unpaid; `by` is customer or shop, and the shop has a `reason`."""

    order_id: str
    by: str
    reason: str = ""


class OrderExpired(Fact, context="orders", audit=Left("nobody's act: time passed")):
    """The order was not paid in time."""

    order_id: str


class OrderRevived(Fact, context="orders", audit=Audit("money", "order_id")):
    """Late money came for an order that had expired, and everything could be held again: it is paid."""

    order_id: str
    payment_id: str


class OrderReaddressed(
    Fact, context="orders", audit=Left("the customer's own act; versions of addresses are kept themselves")
):
    """Its customer had the order sent elsewhere before it was shipped: to this version of an address."""

    order_id: str
    address: str


class OrderAdjusted(Fact, context="orders", audit=Audit("money", "order_id")):
    """The shop made an unpaid order cheaper: what was to be paid before and after, fen."""

    order_id: str
    before: int
    after: int


class OrderLinesMoved(Fact, context="orders", audit=Audit("shop", "order_id")):
    """Somebody had these lines of a paid order, the first of which is 0, sent from another location."""

    order_id: str
    location: str
    lines: list[int]


class OrderPromiseDue(Fact, context="orders", audit=REMINDER):
    """For later: a while after an order was promised to be there."""

    order_id: str


class OrderPromiseKept(Fact, context="orders", audit=Left("nobody's act: the order keeps it")):
    """All of an order was there by the time that was promised for it."""

    order_id: str
    service: str


class OrderPromiseBroken(Fact, context="orders", audit=Audit("shop", "order_id")):
    """An order was not there by the time that was promised for it; `coupon` is the template that its customer is given a coupon
    of for that (empty for none)."""

    order_id: str
    customer: str
    service: str
    coupon: str = ""


class OrderReceiptDue(Fact, context="orders", audit=REMINDER):
    """For later: an order has been there for so long that it counts as received."""

    order_id: str


class OrderReceiptPutOff(Fact, context="orders", audit=Left("the customer's own act: the order keeps it")):
    """A customer wants to look at what arrived for longer, until this instant (epoch ms)."""

    order_id: str
    until: int


class OrderReceived(Fact, context="orders", audit=Left("the order keeps it")):
    """An order was received: `by` its customer, who said so, by time, since nobody said otherwise, or by the provider of its
    payment, where the payer confirmed."""

    order_id: str
    customer: str
    by: str


class OrderShipDue(Fact, context="orders", audit=REMINDER):
    """For later: a paid order is to be on its way by now; it is looked at the `turn`-th time."""

    order_id: str
    turn: int = 0


class OrderShipLate(Fact, context="orders", audit=Left("nobody's act: time passed")):
    """Something of a paid order is not on its way in time."""

    order_id: str


class OrderAnnulled(Fact, context="orders", audit=Audit("money", "order_id")):
    """All the money of a paid order went back, or it cost nothing: it is given up, and its pieces are free."""

    order_id: str
