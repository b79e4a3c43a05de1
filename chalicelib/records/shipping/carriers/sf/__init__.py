"""SF Express, open platform 丰桥. Its pushes carry no signature: a long secret in their address stands for one."""

from chalicelib.kernel.credentials import Credential

from ..manifest import SENDER, Carrier

CARRIER = Carrier(
    "sf", "顺丰速运", "SF Express", "adapter:SfExpress",
    credentials=(
        Credential("base_url", "https://bspgw.sf-express.com/std/service"),
        Credential("partner_id", "the shop's customer code at the open platform"),
        Credential("checkword", "what requests are digested with"),
        Credential("digest", "as chosen in the console: standard (by default), simple or sm3", needed=False),
        Credential("monthly_card", "the monthly account that pays"),
        Credential("express_type", "the product: 2 by default (标快)", needed=False),
        Credential("push_secret", "32 letters or more that end the address of its route pushes"),
        *SENDER,
    ),
    media=("application/json", "application/x-www-form-urlencoded"),
    company="shunfeng",
)  # fmt: skip
