"""What can set a journey off: somebody is due (silence, a coupon that ends), or a fact."""

from __future__ import annotations

SILENCE, ORDER_PLACED = "silence", "order.placed"
COUPON_ENDS, NEWCOMER_COUPON_ENDS = "coupon.ends", "newcomer_coupon.ends"
BACK_IN_STOCK, PRICE_DROPPED, DELIVERED = "watching.back_in_stock", "watching.price_dropped", "shipment.delivered"
CARE = frozenset({"care_guide", "care_visit", "care_refill"})  # what falls due for a line that is accompanied
CART_LEFT = "cart.left"  # nothing new came into a cart that is not empty
BIRTHDAY, NEW_ARRIVALS, TICKET_ANSWERED = "birthday", "new_arrivals", "ticket.answered"
BOUGHT = ".bought"  # at the end of an occasion of new arrivals
AUDIENCE = "audience"  # a file of people that an operator gives
TRIGGERS = frozenset(
    {
        SILENCE,
        ORDER_PLACED,
        COUPON_ENDS,
        NEWCOMER_COUPON_ENDS,
        BACK_IN_STOCK,
        PRICE_DROPPED,
        DELIVERED,
        CART_LEFT,
        BIRTHDAY,
        NEW_ARRIVALS,
        TICKET_ANSWERED,
        AUDIENCE,
        *CARE,
    }
)


def bought_on(day: str) -> str:
    """The occasion of who is told of a day's news for what they bought."""
    return f"{day}{BOUGHT}"


def is_bought(occasion: str) -> bool:
    return occasion.endswith(BOUGHT)
