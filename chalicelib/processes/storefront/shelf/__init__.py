"""The shelf: lists of what can be bought, of a category, by words and by what a shopper filters for."""
