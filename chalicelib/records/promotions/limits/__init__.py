"""Limits: how often an offer may be used by a person, on a day and in all, and what it may cost the shop."""
