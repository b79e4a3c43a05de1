"""The other side of the counter: each provider played from the protocol document, with keys of its own.

A desk keeps an order book, refuses a request whose signature is wrong, and signs its answers and notices. Nothing here
comes from the adapters; the signing rules are proved on the published vectors in test_vectors.py.
"""

from .alipay import AlipayDesk
from .common import NOW, Desk, Trade
from .unionpay import UnionPayDesk
from .wechat import WeChatDesk

DESKS = {"wechat": WeChatDesk, "alipay": AlipayDesk, "unionpay": UnionPayDesk}

__all__ = ["DESKS", "NOW", "AlipayDesk", "Desk", "Trade", "UnionPayDesk", "WeChatDesk"]
