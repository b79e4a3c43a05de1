"""E-mail by Amazon SES, on stages whose region has it; in mainland regions there is none, and `mail` stands."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Channel

CHANNEL = Channel(
    "ses",
    ("email",),
    "邮件（SES）",
    "e-mail by SES",
    credentials=(
        Credential("sender", "集市 <shop@example.com>, an identity that is verified there"),
        Credential(
            "configuration_set", "whose events go to EventBridge (its default bus), or to the topic of the receipts"
        ),
        Credential("topic", "arn:…: the one topic whose notices count as receipts, where SNS tells them", needed=False),
    ),
    receipts="signed",
    media=("text/plain", "application/json"),
    repeats=True,
    per_second=14,
    per_day=50_000,
)
