"""Feeds: what others who keep our stock tell of it."""
