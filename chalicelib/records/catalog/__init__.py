"""The catalogue: categories with their attribute schemas, products, SKUs, immutable versions, price history, pictures."""
