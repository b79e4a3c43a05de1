"""Stock: what is available and what is held, in buckets; nothing else in the house changes either."""
