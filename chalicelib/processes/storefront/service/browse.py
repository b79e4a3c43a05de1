"""Lists and product pages: one read, or two for a product with its stock."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SEEN, ProductNotFound
from chalicelib.records.catalog.service import ListEntry, categories
from chalicelib.records.inventory import service as inventory
from chalicelib.runtime import table


def list_products(category: str, sort: str, limit: int, cursor: str | None) -> tuple[list[ListEntry], str | None]:
    """A page of what can be bought. Raises CategoryNotFound."""
    entries, following = catalog.list_entries(category, sort, limit, cursor)
    if category and not entries:
        categories.find(category)  # a shelf that is empty is another thing than one that is not there
    return entries, following


def product_page(product_id: str) -> tuple[catalog.ProductWithSkus, Mapping[str, inventory.StockLevel]]:
    """A product with its SKUs, and what is left of each. Raises ProductNotFound."""
    found = catalog.find_product(product_id)
    if found.product.status not in SEEN:
        raise ProductNotFound()
    skus = [sku.id for sku in found.skus]
    firsts = table.batch([inventory.key(sku) for sku in skus]) if skus else []
    return found, inventory.levels(skus, firsts)
