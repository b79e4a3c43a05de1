"""Describing locations: the region that carriers are sent to is one that they find."""

from __future__ import annotations

import re

from chalicelib.records.identity.accounts.service import regions
from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import CODE, LocationMalformed, Site, SiteSender
from chalicelib.records.inventory.places.shapes import LocationBody
from chalicelib.runtime.work import Work


def describe(code: str, said: LocationBody, work: Work) -> Site:
    """Say what a location is.

    Raises LocationMalformed, RegionNotFound, RegionRetired, RegionTooWide, and as `places.describe`.
    """
    if not re.fullmatch(CODE, code):
        raise LocationMalformed()
    told = said.sender
    sender = SiteSender(told.name, told.phone, told.region, *regions.names_of(told.region), told.line) if told else None
    return places.describe(
        Site(code, said.name, said.kind, said.area, said.priority, said.active, said.sells, said.cutoff or "", sender),
        work,
    )
