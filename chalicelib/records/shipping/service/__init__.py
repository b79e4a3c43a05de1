"""Shipping's use cases and reads."""
