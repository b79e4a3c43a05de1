"""What a location says of itself, and this wing's refusal. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from chalicelib.kernel.errors import NotFound

LocationKind = Literal["warehouse", "shop"]
CODE = "[A-Z0-9][A-Z0-9-]{1,15}"


class Site(NamedTuple):
    """A warehouse, or a shop. Of two that have the goods, the one with the lower priority number comes first."""

    code: str
    name: str
    kind: LocationKind
    area: str
    priority: int
    active: bool


class LocationNotFound(NotFound):
    location: str
    zh, en = "没有编码为 {location} 的仓库或门店", "There is no location {location}"
