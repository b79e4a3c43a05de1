"""Aftercare's use cases."""
