"""Sourcing: from which location each SKU of an order is sent."""
