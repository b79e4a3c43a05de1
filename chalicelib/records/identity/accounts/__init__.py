"""What is held of a person: account, addresses, consents, contacts, and the keys under which it is sealed."""
