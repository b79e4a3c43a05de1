"""聚水潭, an ERP with a warehouse: orders go out to it, and it is asked for what it sent and for what lies there."""

from chalicelib.kernel.credentials import Credential

from ..manifest import Warehouse

WAREHOUSE = Warehouse(
    "jushuitan", "聚水潭", "Jushuitan", "adapter:Jushuitan",
    credentials=(
        Credential("base_url", "https://openapi.jushuitan.com"),
        Credential("app_key", "of the application at the open platform"),
        Credential("app_secret", "its secret"),
        Credential("access_token", "what the shop's account gave the application"),
        Credential("shop_id", "the number of this shop there"),
        Credential("answer_codes", "{code: throttled or misconfigured} for codes that the table lacks", needed=False),
    ),
)  # fmt: skip
