"""Subscriptions' use cases: who is told, and what became of each message."""
