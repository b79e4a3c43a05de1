"""What locations take and return."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from chalicelib.runtime.http import Body, View
from chalicelib.runtime.http.kinds import EXACT, DeliveryPhone, Line, Words

from .rules import CODE, LocationKind, Site, SiteSender

LocationText = Annotated[str, Field(pattern=f"^{CODE}$", examples=["MAIN"]), EXACT]
RegionCode = Annotated[str, Field(pattern="^[1-9][0-9]{5}$", examples=["310115"]), EXACT]
CutoffText = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["15:00"]), EXACT]
Area = Annotated[str, Field(pattern="^([0-9]{2,12})?$", examples=["310000"]), EXACT]


class SenderBody(Body):
    """Where carriers fetch what a location sends, and whom they ask for: a desk of the shop's."""

    name: Line = Field(min_length=1, max_length=40, examples=["上海仓发货组"])
    phone: DeliveryPhone
    region: RegionCode
    line: Line = Field(min_length=1, max_length=120, examples=["张江路 1 号 3 号库"])


class LocationBody(Body):
    """A warehouse or a shop. `area` is the code of its region, as addresses have it; of two that have the goods, the one with
    the lower `priority` comes first. `sells`: orders are sent from it, too; the main one always sells, and of the others the
    first two. `cutoff`: until when what is ordered is sent as of that day, whatever its delivery services say. `sender`: where
    carriers fetch; without it they fetch where their contracts say. `capacity`: with so many paid orders of a day it has enough,
    and others are asked first."""

    name: Words = Field(min_length=1, max_length=40, examples=["上海仓"])
    kind: LocationKind = "warehouse"
    area: Area = ""
    priority: int = Field(default=100, ge=0, le=999)
    active: bool = True
    sells: bool = False
    cutoff: CutoffText | None = None
    sender: SenderBody | None = None
    capacity: int | None = Field(default=None, ge=1, le=1_000_000, examples=[500])

    def site(self, code: str) -> Site:
        """The location as it is told; its sender's region without its names."""
        told = self.sender
        sender = SiteSender(told.name, told.phone, told.region, "", "", "", told.line) if told is not None else None
        terms = (self.name, self.kind, self.area, self.priority, self.active, self.sells, self.cutoff or "")
        return Site(code, *terms, sender, self.capacity or 0)


class SenderView(View):
    """With the names of its region."""

    name: str
    phone: str
    region: str
    province: str
    city: str
    district: str
    line: str


class LocationView(View):
    code: str
    name: str
    kind: LocationKind
    area: str
    priority: int
    active: bool
    sells: bool
    cutoff: str | None
    sender: SenderView | None
    capacity: int | None
    orders_today: int = Field(description="paid and sent from there, as far as counted; 0 where it says no capacity")


class LocationList(View):
    locations: list[LocationView]


def location_view(place: Site, today: Mapping[str, int]) -> LocationView:
    sender = SenderView(**place.sender._asdict()) if place.sender else None
    counted = {"capacity": place.capacity or None, "orders_today": today.get(place.code, 0) if place.capacity else 0}
    return LocationView(**{**place._asdict(), "cutoff": place.cutoff or None, "sender": sender, **counted})
