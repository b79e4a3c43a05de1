"""Offers: set up in versions, published as one snapshot that every process remembers, ended, and killed."""
