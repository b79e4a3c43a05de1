"""Sending: the text of a message in the reader's language, handed to the channel of this shop."""

from __future__ import annotations

from chalicelib.runtime import settings

from .channels import CHANNELS

CHANNEL = settings.declare("MESSAGE_CHANNEL", "outbox", "the channel that delivers text messages and e-mail")
TEXTS = {
    ("code", "zh"): "【集市】您的验证码是 {code}，5 分钟内有效，请勿告诉他人。",
    ("code", "en"): "[Jishi] Your code is {code}. It is valid for 5 minutes; tell nobody.",
    ("invitation", "zh"): "【集市】您被邀请管理商店，邀请码 {code}，72 小时内有效。",
    ("invitation", "en"): "[Jishi] You are invited to run the shop. Your code is {code}, valid for 72 hours.",
    ("contact_changed", "zh"): "【集市】您账户的手机号或邮箱刚刚变更。如非本人操作，请立即联系客服。",
    (
        "contact_changed",
        "en",
    ): "[Jishi] The phone or e-mail of your account was changed. If it was not you, tell us now.",
}


def send_code(what: str, kind: str, address: str, code: str, language: str) -> None:
    """Deliver a text (what: `code`, `invitation`, `contact_changed`) to a phone (kind `phone`) or an e-mail address (`email`)."""
    text = TEXTS[what, "en" if language == "en" else "zh"]
    CHANNELS[settings.value(CHANNEL)](kind, address, text.format(code=code))
