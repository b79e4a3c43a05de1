"""JD Logistics, open platform JDL. It is asked, and the aggregator tells of its waybills: the form of its own pushes is not
published."""

from chalicelib.kernel.credentials import Credential

from ..manifest import SENDER, Carrier

CARRIER = Carrier(
    "jd", "京东物流", "JD Logistics", "adapter:JdLogistics",
    credentials=(
        Credential("base_url", "https://api.jdl.com"),
        Credential("app_key", "of the application at the open platform"),
        Credential("app_secret", "its secret"),
        Credential("access_token", "what the shop's account gave the application"),
        Credential("algorithm", "md5-salt (by default) or HMacSHA256", needed=False),
        Credential("customer_code", "the shop's customer code: 010K…"),
        Credential("product_code", "the product: ed-m-0001 by default", needed=False),
        Credential(
            "answer_codes", "{code: declined, done_before, not_known, too_late, throttled or misconfigured}", needed=False
        ),
        Credential("trace_codes", "{code: status} for codes of its traces that the table lacks", needed=False),
        *SENDER,
    ),
    pushes=False,
    company="jd",
)  # fmt: skip
