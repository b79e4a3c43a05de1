"""Sending: the text of a message in the reader's language, handed to the channel of this shop."""

from __future__ import annotations

from chalicelib.runtime import settings

from .channels import CHANNELS

CHANNEL = settings.declare("MESSAGE_CHANNEL", "outbox", "the channel that delivers text messages and e-mail")
CODE = {
    "zh": "【集市】您的验证码是 {code}，5 分钟内有效，请勿告诉他人。",
    "en": "[Jishi] Your code is {code}. It is valid for 5 minutes; tell nobody.",
}


def send_code(kind: str, address: str, code: str, language: str) -> None:
    """Deliver a one-time code to a phone (kind `phone`) or an e-mail address (`email`)."""
    CHANNELS[settings.value(CHANNEL)](kind, address, CODE["en" if language == "en" else "zh"].format(code=code))
