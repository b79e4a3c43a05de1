"""Warehousing's use cases, one a file."""
