"""The lane of those who did not take a message: they wait behind each other, never before others."""
