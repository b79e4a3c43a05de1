"""A courier within the city: fetched at once, there within the hour. Its calls and its pushes are signed alike."""

from chalicelib.kernel.credentials import Credential

from ..manifest import SENDER, Carrier

CARRIER = Carrier(
    "city", "同城急送", "City courier", "adapter:CityCourier",
    credentials=(
        Credential("base_url", "https://open.courier.example"),
        Credential("app_key", "of the shop at the courier's open platform"),
        Credential("app_secret", "what calls and pushes are signed with: 32 letters or more"),
        *SENDER,
    ),
    proves=True,
    services=("hourly",),
    media=("application/json",),
    company="city",
)  # fmt: skip
