"""Texts that the shop's own people write: in versions, in two languages, checked when they are saved."""
