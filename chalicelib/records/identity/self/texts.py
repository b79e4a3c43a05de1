"""What is said when a person changed where they are reached."""

from __future__ import annotations

from chalicelib.kernel.messages import Template, Words

CONTACT_CHANGED = Template(
    "contact_changed",
    zh=Words(
        "您的集市账户联系方式已更改",
        "【集市】您账户的手机号或邮箱刚刚变更。如非本人操作，请立即联系客服。",
    ),
    en=Words(
        "The contact of your Jishi account was changed",
        "[Jishi] The phone or e-mail of your account was changed. If it was not you, tell us now.",
    ),
)
