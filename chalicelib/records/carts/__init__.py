"""Carts: what a guest or customer means to buy; never a price."""
