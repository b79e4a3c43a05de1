"""Use cases of receipts: taking them at the door, and folding them."""
