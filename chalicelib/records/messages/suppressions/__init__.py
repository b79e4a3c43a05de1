"""Addresses that are not written to, by their blind index: why, and who said so."""
