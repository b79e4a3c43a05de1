"""Goods as pricing knows them."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.bill import MAIN
from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.goods import Item


def item_of(row: Any, pieces: int, location: str = MAIN) -> Item:
    """Pieces of a SKU that are sent from a location, as pricing knows them."""
    return Item(
        row.id,
        pieces,
        row.price,
        product=row.product,
        categories=frozenset((row.places or "").split()),
        list_price=row.list_price,
        floor=row.floor or Fen(0),
        weight=row.weight,
        volume=row.volume,
        version=row.version,
        template=row.freight or "",
        location=location,
    )
