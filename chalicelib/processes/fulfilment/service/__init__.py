"""Fulfilment's use cases, one a file."""
