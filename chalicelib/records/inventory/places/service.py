"""Locations' use cases. Guarantees: the main one is always there, in use and sells; a process knows a change within ten
seconds."""

from __future__ import annotations

import json
import re
from typing import cast

from chalicelib.runtime import table
from chalicelib.runtime.memory import Recent
from chalicelib.runtime.work import Work

from ..events import LocationChanged
from ..model import LOCATIONS, Location
from ..rules import LOCATION
from . import steps
from .rules import PROVINCES, LocationAreaUnknown, LocationInUse, LocationKind, LocationNotFound, Site, SiteSender

REMEMBERED_MS = 10_000
MAIN = Site(LOCATION, LOCATION, "warehouse", "", 0, True, True)  # until somebody describes it

_kept: Recent[str, dict[str, Site]] = Recent(REMEMBERED_MS)


def every() -> list[Site]:
    """All locations as they stand, by priority."""
    return sorted(_stored().values(), key=lambda one: (one.priority, one.code))


def known() -> dict[str, Site]:
    """All locations by their codes, at most ten seconds old."""
    return _kept.recall("", lambda _: _stored())


def active() -> dict[str, Site]:
    """Those of them that are in use."""
    return {code: one for code, one in known().items() if one.active}


def find(code: str) -> Site:
    """A location. Raises LocationNotFound."""
    if (found := _stored().get(code)) is None:
        raise LocationNotFound(location=code)
    return found


def describe(said: Site, work: Work) -> Site:
    """Say what a location is; one that is not there yet is opened. Raises LocationAreaUnknown, LocationInUse."""
    place = said._replace(sells=said.sells or said.code == LOCATION)
    if place.area and not re.fullmatch(PROVINCES, place.area):
        raise LocationAreaUnknown(area=place.area)
    if place.code == LOCATION and not place.active:
        raise LocationInUse(location=LOCATION)
    work.add(steps.describe(place))
    work.publish(LocationChanged(place.code, place.active, place.sells))
    forget()
    return place


def forget() -> None:
    """Read again next time."""
    _kept.forget()


def _stored() -> dict[str, Site]:
    rows = table.every(Location, LOCATIONS, consistent=True)
    return {MAIN.code: MAIN} | {row.id: _place(row) for row in rows}


def _place(row: Location) -> Site:
    form = cast(LocationKind, row.form)
    sells = bool(row.sells) or row.id == LOCATION
    sender = SiteSender(*json.loads(row.sender)) if row.sender else None
    said = (row.name or "", form, row.area or "", row.priority or 0, bool(row.active), sells, row.cutoff or "", sender)
    return Site(row.id, *said)
