"""The counter of the checkout, and WeChat Pay across it."""

from tests.checkout.conftest import counter
from tests.checkout.test_one_click import desk

__all__ = ["counter", "desk"]
