"""Pricing: pure arithmetic from unit prices, offers and freight to what every line, unit and order costs."""
