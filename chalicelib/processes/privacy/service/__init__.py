"""Privacy's use cases."""
