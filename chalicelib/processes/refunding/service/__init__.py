"""Refunding's use cases, one a file."""
