"""Care's use cases."""
