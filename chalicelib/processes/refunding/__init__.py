"""Refunding: ask for, decide and send refunds, and fold what providers say of them."""
