"""WeChat Pay, APIv3."""

from chalicelib.kernel.credentials import Credential

from ..manifest import JSON, PaymentMethod, Provider

PROVIDER = Provider(
    "wechat", "微信支付", "WeChat Pay", "adapter:WeChat",
    credentials=(
        Credential("base_url", "https://api.mch.weixin.qq.com"),
        Credential("mchid", "the merchant's number"),
        Credential("appid", "the appid that QR codes and H5 are paid under, and without `appids` every front", needed=False),
        Credential(
            "appids", "{official, mini, app}: the appids of the official account, the mini program and the app; a front that is "
            "not named here is not offered", needed=False),
        Credential("serial", "the serial of the merchant's certificate"),
        Credential("private_key", "the merchant's private key, PEM"),
        Credential("apiv3_key", "the APIv3 key, 32 characters"),
        Credential("public_key_id", "PUB_KEY_ID_…, of a key that never ends; without it certificates are fetched", needed=False),
        Credential("platform_keys", "{id or serial: PEM}: the keys or certificates that WeChat Pay signs with", needed=False),
        Credential(
            "mini_secret", "the mini program's secret, where it has WeChat's shipping management: WeChat is told what was sent, "
            "and keeps the money until it is", needed=False),
        Credential("mini_url", "only where it is not https://api.weixin.qq.com", needed=False),
        Credential("companies", "{the aggregator's name of a carrier: WeChat's} for carriers that the table lacks", needed=False),
    ),
    methods=(
        PaymentMethod("native", "扫码", "QR code", ("pc",), "qr", "native"),
        PaymentMethod("jsapi", "公众号", "in WeChat", ("wechat",), "client", "jsapi", needs=("payer",), front="official"),
        PaymentMethod("mini", "小程序", "mini program", ("mini",), "client", "jsapi", needs=("payer",), front="mini",
                      tells="mini_secret"),
        PaymentMethod("h5", "手机网页", "mobile web", ("h5",), "redirect", "h5", "Wap", ("client_ip",)),
        PaymentMethod("app", "应用内", "app", ("app",), "client", "app", front="app"),
    ),
    webhooks={"pay": JSON, "refund": JSON},
    fetches=True,
    login=("wechat", "mini"),
)  # fmt: skip
