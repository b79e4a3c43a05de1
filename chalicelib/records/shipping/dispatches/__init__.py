"""Dispatches: orders that a warehouse's system was told to pack."""
