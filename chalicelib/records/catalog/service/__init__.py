"""The catalogue's use cases. Reading is for everyone; editing describes into a work that the door commits."""

from .reading import (
    Snapshot,
    Whole,
    by_status,
    cards,
    on_sale,
    price_history,
    snapshots,
    wanted,
    whole,
)

__all__ = ["Snapshot", "Whole", "by_status", "cards", "on_sale", "price_history", "snapshots", "wanted", "whole"]
