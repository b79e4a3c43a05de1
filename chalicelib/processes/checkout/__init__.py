"""Checkout: quote, place, pay, cancel, expire; composes catalog, pricing, inventory, carts, orders and payments."""
