"""The catalogue's use cases. Reading is for everyone; editing describes into a work that the door commits."""

from .reading import (
    Snapshot,
    Whole,
    by_status,
    cards,
    find_sku,
    misfits,
    offered,
    on_sale,
    price_history,
    seen,
    snapshots,
    snapshots_of,
    wanted,
    wanted_versions,
    whole,
)

__all__ = [
    "Snapshot", "Whole", "by_status", "cards", "find_sku", "misfits", "offered", "on_sale", "price_history", "seen",
    "snapshots", "snapshots_of", "wanted", "wanted_versions", "whole",
]  # fmt: skip
