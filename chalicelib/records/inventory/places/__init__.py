"""Locations: the warehouses and shops in which goods lie."""
