"""What the catalogue says of goods, as pricing wants to know it."""

from __future__ import annotations

from chalicelib.kernel.money import Fen
from chalicelib.records.catalog.service import Sku
from chalicelib.records.pricing.rules.goods import Item


def item(sku: str, quantity: int, row: Sku) -> Item:
    """So many pieces of a SKU that are to be priced."""
    return Item(
        sku,
        quantity,
        row.price,
        product=row.product,
        categories=frozenset((row.places or "").split()),
        list_price=row.list_price,
        floor=row.floor or Fen(0),
        weight=row.weight,
        volume=row.volume,
        version=row.version,
    )
