"""A customer's own orders, as they see them."""
