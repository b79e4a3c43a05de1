"""The counter of the checkout, and WeChat Pay across it."""

from tests.support.counter import counter, fake

__all__ = ["counter", "fake"]
