"""Grouping: what the shop posts in groups of customers and for whom, and whose orders came of it."""
