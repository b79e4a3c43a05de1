"""The console's use cases, one a file."""
