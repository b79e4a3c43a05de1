"""Coming in: registering, signing in, taking up an invitation."""
