"""Subscriptions: who outside the shop is told of what happens in it, and what became of each message."""
