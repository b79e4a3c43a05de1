"""What a code's message says."""

from __future__ import annotations

from chalicelib.kernel.messages import Template, Words

CODE = Template(
    "code",
    zh=Words(
        "集市验证码",
        "【集市】您的验证码是 {code}，5 分钟内有效，请勿告诉他人。",
    ),
    en=Words(
        "Your Jishi code",
        "[Jishi] Your code is {code}. It is valid for 5 minutes; tell nobody.",
    ),
)
