"""What locations take and return."""

from typing import Annotated

from pydantic import Field

from chalicelib.runtime.http import Body, View
from chalicelib.runtime.http.kinds import EXACT, Words

from .rules import CODE, LocationKind, Site

LocationText = Annotated[str, Field(pattern=f"^{CODE}$", examples=["MAIN"]), EXACT]
Area = Annotated[str, Field(pattern="^([0-9]{2,12})?$", examples=["310000"]), EXACT]


class LocationBody(Body):
    """A warehouse or a shop. `area` is the code of its region, as addresses have it; of two that have the goods, the one with
    the lower `priority` comes first. `sells`: orders are sent from it, too; the main one always sells, and of the others the
    first two."""

    name: Words = Field(min_length=1, max_length=40, examples=["上海仓"])
    kind: LocationKind = "warehouse"
    area: Area = ""
    priority: int = Field(default=100, ge=0, le=999)
    active: bool = True
    sells: bool = False


class LocationView(View):
    code: str
    name: str
    kind: LocationKind
    area: str
    priority: int
    active: bool
    sells: bool


class LocationList(View):
    locations: list[LocationView]


def location_view(place: Site) -> LocationView:
    return LocationView(**place._asdict())
