"""UnionPay, online gateway 5.1.0."""

from chalicelib.kernel.credentials import Credential

from ..manifest import FORM, PaymentMethod, Provider

PROVIDER = Provider(
    "unionpay", "银联", "UnionPay", "adapter:UnionPay",
    credentials=(
        Credential("base_url", "https://gateway.95516.com/gateway/api/"),
        Credential("file_url", "https://filedownload.95516.com/, for the daily bills", needed=False),
        Credential("mer_id", "the merchant's number, 15 digits"),
        Credential("private_key", "the private key of the merchant's signing certificate, PEM"),
        Credential("merchant_cert", "the merchant's signing certificate, PEM"),
        Credential("middle_cert", "UnionPay's middle certificate, PEM"),
        Credential("root_cert", "UnionPay's root certificate, PEM"),
        Credential("cn_owner", "the owner that UnionPay's own certificates name: 中国银联股份有限公司"),
    ),
    methods=(
        PaymentMethod("gateway", "电脑网页", "web", ("pc",), "form", "frontTransReq.do", "07", local=True),
        PaymentMethod("wap", "手机网页", "mobile web", ("h5",), "form", "frontTransReq.do", "08", local=True),
        PaymentMethod("app", "应用内", "app", ("app",), "client", "appTransReq.do", "08"),
        PaymentMethod("qr", "扫码", "QR code", ("pc",), "qr", "backTransReq.do", "07"),
    ),
    webhooks={"pay": FORM, "refund": FORM},
)  # fmt: skip
