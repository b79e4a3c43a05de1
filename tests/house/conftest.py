"""The counter of the checkout, and WeChat Pay across it."""

from tests.checkout.conftest import counter, desk

__all__ = ["counter", "desk"]
