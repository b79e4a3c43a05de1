"""Seasons: goods bought months ahead, followed while they sell, and cleared when the season is over."""
