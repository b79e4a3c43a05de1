"""What changes locations, described."""

from __future__ import annotations

import json
from datetime import date

from chalicelib.runtime.journal import digest
from chalicelib.runtime.table import Step, put, update

from ..model import LOCATIONS, Location, LocationDay, orders_key
from .rules import Site

SHARDS = 4  # rows of a location's day, so that workers seldom wait for one another


def describe(place: Site) -> Step:
    """A location as it is from now on."""
    row = Location(LOCATIONS, place.code)
    row.name, row.form, row.area, row.priority = place.name, place.kind, place.area, place.priority
    row.active, row.sells, row.cutoff = place.active, place.sells, place.cutoff or None
    row.sender = json.dumps(place.sender, ensure_ascii=False) if place.sender else None
    row.capacity = place.capacity or None
    return put(row)


def count_order(location: str, order_id: str, day: date) -> Step:
    """A paid order more is sent from a location on a day."""
    shard = int(digest(order_id)[:4], 16) % SHARDS
    return update(LocationDay, orders_key(day), f"{location}#{shard}", actions=[LocationDay.orders.add(1)])
