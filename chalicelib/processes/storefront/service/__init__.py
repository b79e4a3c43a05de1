"""Storefront's use cases, one a file."""
