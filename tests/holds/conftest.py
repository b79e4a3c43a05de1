"""The counter of the shop with its shirt."""

from tests.checkout.conftest import counter

__all__ = ["counter"]
