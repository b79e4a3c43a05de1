"""Kuaidi100, the aggregator: it tells of any carrier's waybill. It books nothing; a waybill is had from its carrier."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Carrier

CARRIER = Carrier(
    "kuaidi100", "快递100", "Kuaidi100", "adapter:Kuaidi100",
    credentials=(
        Credential("poll_url", "https://poll.kuaidi100.com"),
        Credential("api_url", "https://api.kuaidi100.com"),
        Credential("customer", "the shop's customer number"),
        Credential("key", "what queries are signed with"),
        Credential("secret", "what prices are signed with"),
        Credential("salt_secret", "32 letters or more, of which the salt of each subscription is made"),
        Credential("sender_city", "where the shop sends from, for prices: 广东深圳南山区"),
    ),
    books=False,
    proves=True,
    follows=True,
    media=("application/x-www-form-urlencoded",),
)  # fmt: skip
