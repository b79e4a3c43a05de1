"""The price of an order, pure: offers with their kinds, the lanes they work in, freight, points, the best choice."""
