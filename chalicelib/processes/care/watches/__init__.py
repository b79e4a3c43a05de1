"""Watches: goods that somebody keeps an eye on, and who is to be told when one is back or cheaper."""
