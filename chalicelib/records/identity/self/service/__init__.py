"""Use cases of this wing."""
