"""WeCom: messages of the shop's application to a member, and tasks by which a member posts to the groups that they own."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "wecom",
    ("wecom", "group"),
    "企业微信",
    "WeCom",
    credentials=(
        Credential("corpid", "the company's id: ww…"),
        Credential("secret", "of the application that may use customer contact"),
        Credential("agentid", "the application's number"),
        Credential("token", "what WeCom signs its callbacks with", needed=False),
        Credential("aes_key", "the EncodingAESKey of its callbacks, 43 letters", needed=False),
        Credential("endpoint", "only where it is not https://qyapi.weixin.qq.com", needed=False),
    ),
    per_second=20,
)
