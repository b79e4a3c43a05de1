"""The counter of the shop with its shirt."""

from tests.support.counter import counter

__all__ = ["counter"]
