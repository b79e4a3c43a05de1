"""What a location says of itself that others know: where carriers fetch."""
