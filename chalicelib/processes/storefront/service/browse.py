"""Product pages: one read, or two for a product with its stock."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SEEN, ProductNotFound
from chalicelib.records.inventory import service as inventory
from chalicelib.runtime import table


def product_page(product_id: str) -> tuple[catalog.ProductWithSkus, Mapping[str, inventory.StockLevel]]:
    """A product with its SKUs, and what is left of each. Raises ProductNotFound."""
    found = catalog.find_product(product_id)
    if found.product.status not in SEEN:
        raise ProductNotFound()
    skus = [sku.id for sku in found.skus]
    firsts = table.batch([inventory.key(sku) for sku in skus]) if skus else []
    return found, inventory.levels(skus, firsts)
