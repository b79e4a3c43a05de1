"""Alipay, open API v2."""

from chalicelib.kernel.credentials import Credential

from ..manifest import FORM, PaymentMethod, Provider

PROVIDER = Provider(
    "alipay", "支付宝", "Alipay", "adapter:Alipay",
    credentials=(
        Credential("gateway", "https://openapi.alipay.com/gateway.do"),
        Credential("app_id", "the application's id"),
        Credential("seller_id", "the merchant's id, 2088…"),
        Credential("private_key", "the application's private key"),
        Credential("mode", "key (by default) or cert", needed=False),
        Credential("alipay_public_key", "of the mode key: Alipay's public key; a list of two, newest last, while it changes",
                   needed=False),
        Credential("alipay_cert", "of the mode cert: Alipay's certificate, PEM; its successors are fetched", needed=False),
        Credential("app_cert", "of the mode cert: the application's certificate, PEM", needed=False),
        Credential("alipay_root_cert", "of the mode cert: Alipay's roots, PEM; what is fetched is proven against them",
                   needed=False),
    ),
    methods=(
        PaymentMethod("page", "电脑网页", "web", ("pc",), "redirect", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY",
                      local=True),
        PaymentMethod("wap", "手机网页", "mobile web", ("h5",), "redirect", "alipay.trade.wap.pay", "QUICK_WAP_WAY", local=True),
        PaymentMethod("qr", "扫码", "QR code", ("pc",), "qr", "alipay.trade.precreate", "FACE_TO_FACE_PAYMENT"),
        PaymentMethod("app", "应用内", "app", ("app",), "client", "alipay.trade.app.pay", "QUICK_MSECURITY_PAY", local=True),
        PaymentMethod("mini", "小程序", "mini program", ("mini",), "client", "alipay.trade.create", "JSAPI_PAY", ("payer",)),
    ),
    webhooks={"pay": FORM, "refund": FORM},
    fetches=True,
)  # fmt: skip
