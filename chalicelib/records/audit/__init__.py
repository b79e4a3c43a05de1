"""Audit: the hash-chained log of security and money events, kept at least 400 days; a changed row is found."""
