"""The cart as its owner sees it."""
