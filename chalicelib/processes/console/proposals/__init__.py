"""Changes that a second person must agree to, as the console shows them."""
