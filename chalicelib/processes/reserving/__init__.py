"""Reserving: what an order takes of what is scarce, and gives back: pieces, uses of limits, coupons."""
