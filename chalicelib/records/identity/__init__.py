"""Who people are: accounts, sessions, roles, addresses, consents. Personal data is sealed; facts carry ids only."""
