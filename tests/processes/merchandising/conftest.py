"""The storefront's shop with its shirt."""

from tests.support.shelf import calls, shirts, shop

__all__ = ["calls", "shirts", "shop"]
