"""Ordering's use cases, one a file."""
