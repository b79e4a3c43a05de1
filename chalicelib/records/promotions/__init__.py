"""Promotions: what the shop offers off its prices: offers, their limits, and coupons. What an offer means, pricing knows."""
