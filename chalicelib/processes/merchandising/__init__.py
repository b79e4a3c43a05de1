"""Merchandising: what comes onto the shelf and goes off it; the catalogue and the stock change together."""
