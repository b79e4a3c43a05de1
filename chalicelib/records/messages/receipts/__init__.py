"""What becomes of messages after they went out: told by providers, folded onto the message, and kept from its address."""
