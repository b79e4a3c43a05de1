"""What 聚水潭's codes mean. That of success is published, and some of the others; a contract names more.

A code that nobody named leaves one unsure: it ends nothing, and is asked again under the same id.
"""

from __future__ import annotations

from ...carriers.port import CarrierError, CarrierMisconfigured, CarrierThrottled
from ..port import KeptBackSoFar

DONE = frozenset({"0"})
KINDS: dict[str, type[CarrierError]] = {"throttled": CarrierThrottled, "misconfigured": CarrierMisconfigured}
TABLE: dict[str, type[CarrierError]] = {
    "10": CarrierMisconfigured,  # the signature
    "100": CarrierMisconfigured,  # the access token
    "199": CarrierThrottled,
    "200": CarrierThrottled,
}

# The states of what is asked after a sale: it was agreed, and what it is about stays; it was not, since that has gone.
KEPT: dict[str, KeptBackSoFar] = {"Confirmed": "back", "Rejected": "gone", "Cancelled": "gone", "WaitConfirm": "open"}
