"""Shipping: parcels, the carriers that bring them, and what is heard of them on the way."""
