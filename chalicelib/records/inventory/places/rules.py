"""What a location says of itself, and this wing's refusals. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound

LocationKind = Literal["warehouse", "shop"]
CODE = "[A-Z0-9][A-Z0-9-]{1,15}"
PROVINCES = "(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|81|82)[0-9]*"  # how codes of GB/T 2260 begin


class SiteSender(NamedTuple):
    """Where carriers fetch what a location sends, and whom they ask for: a desk of the shop's and no person."""

    name: str
    phone: str
    region: str
    province: str
    city: str
    district: str
    line: str


class Site(NamedTuple):
    """A warehouse, or a shop. Of two that have the goods, the one with the lower priority number comes first. `sells`: orders are
    sent from it. `cutoff`: until when an order of a day counts as of that day, by the shop's clock ("": as the delivery service
    says). `sender`: where carriers fetch (None: where their contracts say)."""

    code: str
    name: str
    kind: LocationKind
    area: str
    priority: int
    active: bool
    sells: bool = False
    cutoff: str = ""
    sender: SiteSender | None = None


class LocationNotFound(NotFound):
    location: str
    zh, en = "没有编码为 {location} 的仓库或门店", "There is no location {location}"


class LocationMalformed(Invalid):
    zh, en = "仓库或门店编码须为 2 至 16 位的 A–Z、0–9 和 -", "A location's code is two to sixteen of A–Z, 0–9 and -"


class LocationAreaUnknown(Invalid):
    area: str
    zh, en = "没有行政区划 {area}", "There is no region {area}"


class LocationInUse(Conflict):
    location: str
    zh, en = "所有订单均由 {location} 发货，不能停用", "Everything is sold from {location}: it stays in use"
