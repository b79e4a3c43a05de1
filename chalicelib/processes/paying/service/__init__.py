"""Paying's use cases, one a file."""
