"""Describing locations: the region that carriers are sent to is one that they find."""

from __future__ import annotations

import re

from chalicelib.records.inventory.places import service as places
from chalicelib.records.inventory.places.rules import CODE, LocationMalformed, Site
from chalicelib.runtime.work import Work


def describe(said: Site, work: Work) -> Site:
    """Say what a location is; its sender's region is named officially.

    Raises LocationMalformed, RegionNotFound, RegionRetired, RegionTooWide, and as `places.describe`.
    """
    from chalicelib.records.identity.accounts.service import regions  # whoever only looks at stock knows no regions

    if not re.fullmatch(CODE, said.code):
        raise LocationMalformed()
    told = said.sender
    sender = told._replace(**regions.names_of(told.region)._asdict()) if told is not None else None
    return places.describe(said._replace(sender=sender), work)
