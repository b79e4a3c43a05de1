"""Use cases of grouping."""
