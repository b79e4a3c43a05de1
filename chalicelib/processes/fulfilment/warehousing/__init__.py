"""Warehousing: what a warehouse packs for the shop goes out to its system, and what that tells comes in."""
