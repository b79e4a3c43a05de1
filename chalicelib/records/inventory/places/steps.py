"""What changes locations, described."""

from __future__ import annotations

import json

from chalicelib.runtime.table import Step, put

from ..model import LOCATIONS, Location
from .rules import Site


def describe(place: Site) -> Step:
    """A location as it is from now on."""
    row = Location(LOCATIONS, place.code)
    row.name, row.form, row.area, row.priority = place.name, place.kind, place.area, place.priority
    row.active, row.sells, row.cutoff = place.active, place.sells, place.cutoff or None
    row.sender = json.dumps(place.sender, ensure_ascii=False) if place.sender else None
    return put(row)
