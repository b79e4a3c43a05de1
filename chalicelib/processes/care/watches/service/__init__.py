"""Use cases of watching: for who watches, and telling those who wait."""
