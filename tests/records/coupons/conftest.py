"""The calls made to the tables, counted."""

from tests.support.shelf import calls

__all__ = ["calls"]
