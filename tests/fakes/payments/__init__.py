"""The other side of the counter: each provider played from the protocol document, with keys of its own.

A fake keeps an order book, refuses a request whose signature is wrong, and signs its answers and notices. Nothing here
comes from the adapters; the signing rules are proved on the published vectors in test_vectors.py.
"""

from .alipay import FakeAlipay
from .common import NOW, Fake, Trade
from .unionpay import FakeUnionPay
from .wechat import FakeWeChat

FAKES = {"wechat": FakeWeChat, "alipay": FakeAlipay, "unionpay": FakeUnionPay}

__all__ = ["FAKES", "NOW", "Fake", "FakeAlipay", "FakeUnionPay", "FakeWeChat", "Trade"]
