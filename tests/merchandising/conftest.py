"""The storefront's shop with its shirt."""

from tests.storefront.conftest import calls, shirts, shop

__all__ = ["calls", "shirts", "shop"]
