"""What the shop's own people do with orders that wait for their money."""
