"""Storefront: what a shopper sees (categories, lists, product pages, the cart) and what stands on the shelf."""
