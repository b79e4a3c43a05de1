"""What is found by words: an index of the articles that can be bought, folded, and small enough to be remembered."""
