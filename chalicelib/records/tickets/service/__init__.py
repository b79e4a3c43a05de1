"""Tickets' use cases."""
