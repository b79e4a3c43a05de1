"""The counter of the checkout, and WeChat Pay across it."""

from tests.support.counter import counter, desk

__all__ = ["counter", "desk"]
