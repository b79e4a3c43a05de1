"""What can set a journey off: somebody is due (silence, a coupon that ends), or a fact."""

from __future__ import annotations

SILENCE, COUPON_ENDS, NEWCOMER_COUPON_ENDS, ORDER_PLACED = (
    "silence", "coupon.ends", "newcomer_coupon.ends", "order.placed",
)  # fmt: skip
TRIGGERS = frozenset({SILENCE, COUPON_ENDS, NEWCOMER_COUPON_ENDS, ORDER_PLACED})
