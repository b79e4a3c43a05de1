"""Tariffs: what sending costs and when it arrives, by place; set up in versions, published as one book."""
