"""Checkout's use cases, one a file."""
