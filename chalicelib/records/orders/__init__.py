"""Orders: what was bought, by whom, for how much, and where it stands."""
