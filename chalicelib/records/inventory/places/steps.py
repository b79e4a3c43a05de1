"""What changes locations, described."""

from __future__ import annotations

from chalicelib.runtime.table import Step, put

from ..model import LOCATIONS, Location
from .rules import Site


def describe(place: Site) -> Step:
    """A location as it is from now on."""
    row = Location(LOCATIONS, place.code)
    row.name, row.form, row.area, row.priority = place.name, place.kind, place.area, place.priority
    row.active, row.sells = place.active, place.sells
    return put(row)
