"""E-mail through the shop's own mail server (SMTP)."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "mail",
    ("email",),
    "邮件（SMTP）",
    "e-mail by SMTP",
    credentials=(
        Credential("host", "the mail server"),
        Credential("port", "465 begins with TLS, 587 turns to it"),
        Credential("user", "who signs in; empty where nobody does"),
        Credential("password", "the user's"),
        Credential("sender", "集市 <shop@example.com>"),
        Credential("tls", "implicit or starttls, where the port does not say it", needed=False),
    ),
    per_second=10,
)
