"""Aliyun SMS, where the shop's text messages go in the mainland."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "sms",
    ("phone",),
    "阿里云短信",
    "Aliyun SMS",
    credentials=(
        Credential("access_key_id", "of a user who may do nothing but SendSms and QuerySendDetails"),
        Credential("access_key_secret", "its secret"),
        Credential("sign_name", "the approved signature"),
        Credential(
            "templates", "{message: SMS_… or {code, approved, blanks, most}}: the template of each message by its name"
        ),
        Credential("endpoint", "only where it is not https://dysmsapi.aliyuncs.com", needed=False),
        Credential(
            "receipts", "32 letters or more that end the address of its receipts, which it does not sign", needed=False
        ),
    ),
    asked=True,
    receipts="secret",
    media=("application/json",),
    repeats=True,
    per_second=2000,
)
