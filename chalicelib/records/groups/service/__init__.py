"""Use cases of groups, of their members, and of what is posted there."""
