"""Refunding: what goes back with units of an order."""
