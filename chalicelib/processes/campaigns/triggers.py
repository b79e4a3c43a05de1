"""What can set a journey off: somebody is due (silence, a coupon that ends), or a fact."""

from __future__ import annotations

SILENCE, ORDER_PLACED = "silence", "order.placed"
COUPON_ENDS, NEWCOMER_COUPON_ENDS = "coupon.ends", "newcomer_coupon.ends"
TRIGGERS = frozenset({SILENCE, COUPON_ENDS, NEWCOMER_COUPON_ENDS, ORDER_PLACED})
