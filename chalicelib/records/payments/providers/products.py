"""The contract table: which payment products a merchant can offer, on which terminals, and what each hands over.

A product is a row here and nothing else; the adapters read `call` and `code` from it.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from .port import HandOverKind

Terminal = Literal["pc", "h5", "wechat", "mini", "app"]
Need = Literal["payer", "client_ip"]
Front = Literal["", "official", "mini", "app"]
FRONTS: tuple[Front, ...] = ("official", "mini", "app")  # those that WeChat gives an appid of their own


class Product(NamedTuple):
    """`call` is the provider's own name of the operation, `code` what it wants to be told beside it; `front` is where the
    payer stands, for a provider that gives each front an appid and each payer an open id a front."""

    provider: str
    name: str
    terminals: tuple[Terminal, ...]
    hand_over: HandOverKind
    call: str
    code: str = ""
    needs: tuple[Need, ...] = ()
    front: Front = ""

    @property
    def local(self) -> bool:
        """Whether the hand-over is a text that we sign ourselves, without a call."""
        return (self.provider, self.name) in LOCAL


LOCAL = frozenset({
    ("alipay", "page"), ("alipay", "wap"), ("alipay", "app"), ("unionpay", "gateway"), ("unionpay", "wap")})  # fmt: skip

PRODUCTS: dict[tuple[str, str], Product] = {
    (row.provider, row.name): row
    for row in (
        Product("wechat", "native", ("pc",), "qr", "native"),
        Product("wechat", "jsapi", ("wechat",), "client", "jsapi", needs=("payer",), front="official"),
        Product("wechat", "mini", ("mini",), "client", "jsapi", needs=("payer",), front="mini"),
        Product("wechat", "h5", ("h5",), "redirect", "h5", "Wap", ("client_ip",)),
        Product("wechat", "app", ("app",), "client", "app", front="app"),
        Product("alipay", "page", ("pc",), "redirect", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        Product("alipay", "wap", ("h5",), "redirect", "alipay.trade.wap.pay", "QUICK_WAP_WAY"),
        Product("alipay", "qr", ("pc",), "qr", "alipay.trade.precreate", "FACE_TO_FACE_PAYMENT"),
        Product("alipay", "app", ("app",), "client", "alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
        Product("alipay", "mini", ("mini",), "client", "alipay.trade.create", "JSAPI_PAY", ("payer",)),
        Product("unionpay", "gateway", ("pc",), "form", "frontTransReq.do", "07"),
        Product("unionpay", "wap", ("h5",), "form", "frontTransReq.do", "08"),
        Product("unionpay", "app", ("app",), "client", "appTransReq.do", "08"),
        Product("unionpay", "qr", ("pc",), "qr", "backTransReq.do", "07"),
    )
}


def product(provider: str, name: str) -> Product | None:
    return PRODUCTS.get((provider, name))


def offered(terminal: str) -> list[Product]:
    """The products a terminal can use, in the order of the table."""
    return [row for row in PRODUCTS.values() if terminal in row.terminals]
