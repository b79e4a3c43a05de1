"""What the shop's own do with people: invite, give roles, look, block."""
