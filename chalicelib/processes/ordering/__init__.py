"""Ordering: quote, place, cancel, expire, readdress and adjust orders; composes catalog, pricing, inventory, carts and orders."""
