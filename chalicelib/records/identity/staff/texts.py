"""What an invitation says."""

from __future__ import annotations

from chalicelib.kernel.messages import Template, Words

INVITATION = Template(
    "invitation",
    zh=Words(
        "邀请您管理集市商店",
        "【集市】您被邀请管理商店，邀请码 {code}，72 小时内有效。",
    ),
    en=Words(
        "You are invited to run a Jishi shop",
        "[Jishi] You are invited to run the shop. Your code is {code}, valid for 72 hours.",
    ),
)
