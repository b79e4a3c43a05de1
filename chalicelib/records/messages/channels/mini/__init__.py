"""Subscription messages of a WeChat mini program: each that was agreed to is one message, of service only."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "mini",
    ("mini",),
    "微信小程序订阅消息",
    "subscription messages of a WeChat mini program",
    credentials=(
        Credential("appid", "of the mini program"),
        Credential("secret", "its secret"),
        Credential("templates", "{message: {id, fields: {blank: thing1}}}: the template of each message by its name"),
        Credential("token", "what WeChat signs its pushes with", needed=False),
        Credential("aes_key", "the EncodingAESKey of its pushes, 43 letters; they come encrypted only", needed=False),
        Credential("endpoint", "only where it is not https://api.weixin.qq.com", needed=False),
    ),
    marketing=False,
    receipts="signed",
    media=("text/xml", "application/xml", "application/json"),
    echoes=True,
    per_second=50,
)
