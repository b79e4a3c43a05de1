"""The catalogue's use cases. Reading is for everyone; editing describes into a work that the door commits."""

from ..model import ListEntry, Sku  # what reads return
from .reading import (
    ProductWithSkus,
    Snapshot,
    by_status,
    find_product,
    find_sku,
    key,
    list_entries,
    listed_products,
    misfits,
    offered,
    on_sale,
    price_history,
    seen,
    snapshots,
    snapshots_of,
    version_keys,
)

__all__ = [
    "ListEntry",
    "ProductWithSkus",
    "Sku",
    "Snapshot",
    "by_status",
    "find_product",
    "find_sku",
    "key",
    "list_entries",
    "listed_products",
    "misfits",
    "offered",
    "on_sale",
    "price_history",
    "seen",
    "snapshots",
    "snapshots_of",
    "version_keys",
]  # fmt: skip
