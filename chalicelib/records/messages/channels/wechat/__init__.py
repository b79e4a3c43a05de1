"""Template messages of a WeChat official account: notices of service only, by WeChat's own rules."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "wechat",
    ("wechat",),
    "微信公众号模板消息",
    "template messages of a WeChat official account",
    credentials=(
        Credential("appid", "of the official account"),
        Credential("secret", "its secret"),
        Credential("templates", "{message: {id, fields: {blank: keyword1}}}: the template of each message by its name"),
        Credential(
            "signs_in",
            "true where customers sign in at this very appid: only then are their open ids of it known (wechat_login is the "
            "mini program's)",
            needed=False,
        ),
        Credential("token", "what WeChat signs its pushes with", needed=False),
        Credential("aes_key", "the EncodingAESKey of its pushes, 43 letters; they come encrypted only", needed=False),
        Credential("endpoint", "only where it is not https://api.weixin.qq.com", needed=False),
    ),
    marketing=False,
    receipts="signed",
    media=("text/xml", "application/xml", "application/json"),
    echoes=True,
    open_ids=True,
    per_second=50,
    per_day=100_000,
)
