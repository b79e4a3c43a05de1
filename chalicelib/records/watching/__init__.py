"""Watching: which goods somebody keeps an eye on, and whom the return or the lower price of one is to be told."""
