"""Coupons: what they may be (templates), who holds which, and what each was used for. What one takes off, pricing knows."""
