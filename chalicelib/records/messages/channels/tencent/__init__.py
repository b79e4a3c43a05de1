"""Tencent Cloud SMS, for shops that have their templates there."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "tencent",
    ("phone",),
    "腾讯云短信",
    "Tencent Cloud SMS",
    credentials=(
        Credential("secret_id", "of a user who may do nothing but SendSms"),
        Credential("secret_key", "its secret"),
        Credential("sdk_app_id", "the application's number: 14006666…"),
        Credential("sign_name", "the approved signature"),
        Credential(
            "templates", "{message: {code, approved, blanks, most}}; `blanks` is the order in which they are filled"
        ),
        Credential("region", "ap-guangzhou, where it is another", needed=False),
        Credential("endpoint", "only where it is not https://sms.tencentcloudapi.com", needed=False),
        Credential(
            "receipts", "32 letters or more that end the address of its receipts, which it does not sign", needed=False
        ),
    ),
    receipts="secret",
    media=("application/json",),
    per_second=1000,
)
