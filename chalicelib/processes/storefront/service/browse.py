"""Product pages: one read, or two for a product with its stock and what its offers name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from chalicelib.kernel.ids import is_sku
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SEEN, ProductNotFound
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.runtime import table

from .deals import Deals, deals_of

MOST_NAMED = 50  # SKUs of offers that are looked up: with a product's own one batch


class ShownProduct(NamedTuple):
    """A product with its SKUs, what the fullest location has of each, what holds for it, and the SKUs that its offers name."""

    found: catalog.ProductWithSkus
    levels: Mapping[str, inventory.StockLevel]
    deals: Deals
    named: Mapping[str, catalog.Sku]


def product_page(product_id: str, now: datetime) -> ShownProduct:
    """A product as its page shows it. Raises ProductNotFound."""
    found = catalog.find_product(product_id)
    if found.product.status not in SEEN:
        raise ProductNotFound()
    skus, deals = [sku.id for sku in found.skus], deals_of(found.skus, now)
    others = list(islice(_named(deals), MOST_NAMED))
    sites = sourcing.selling()
    stock = [key for sku in skus for key in sourcing.keys(sku, sites)]
    rows = table.batch([*stock, *map(catalog.key, others)]) if skus else []
    seen = {row.id: row for row in rows[len(stock) :] if row is not None and catalog.seen(row)}
    return ShownProduct(found, sourcing.most(skus, sites, rows[: len(stock)]), deals, seen)


def _named(deals: Deals) -> dict[str, None]:
    """The SKUs that offers name beside those they cover."""
    return {sku: None for offer in deals.offers for goods in offer.goods for sku in goods.skus if is_sku(sku)}
