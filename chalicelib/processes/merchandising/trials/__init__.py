"""Trying out prices: what a basket would cost a kind of customer, and why."""
