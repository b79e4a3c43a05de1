"""Freight templates and delivery services, as the shop's own people set them up."""
