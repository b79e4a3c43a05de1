"""The lines of transactions of access."""
