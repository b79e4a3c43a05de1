"""Delivering: messages go out to receivers of webhooks, and nobody waits for one who hangs."""
