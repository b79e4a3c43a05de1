"""The shop's shirt, for those who keep it in stock."""

from tests.support.shelf import calls, shirts, shop

__all__ = ["calls", "shirts", "shop"]
