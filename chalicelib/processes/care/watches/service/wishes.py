"""What somebody watches as it stands on the shelf."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Sku, categories
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.rules import ARRIVAL, STOCK, GoodsInStock
from chalicelib.records.watching.service import Watch
from chalicelib.runtime import table
from chalicelib.runtime.work import Work


class Watched(NamedTuple):
    """What is watched with the SKU as it stands, None where people may not know of it any more, and what is left of it."""

    watch: Watch
    sku: Sku | None
    left: int


def add(kind: str, sku_id: str, seen: int | None, work: Work) -> Watch:
    """Watch a SKU, or of kind arrival a category. `seen` is what it cost where it was seen, fen: no more than it does cost.

    Raises SkuNotFound, CategoryNotFound, GoodsInStock; its refusals: WatchingFull, WatchedAlready.
    """
    if kind == ARRIVAL:
        return watching.add(kind, categories.find(sku_id).id, 0, work)
    sku = catalog.find_sku(sku_id, seen=True, consistent=True)
    if kind == STOCK and left(sku) > 0:
        raise GoodsInStock(sku=sku_id)
    return watching.add(kind, sku_id, min(int(sku.price), seen or int(sku.price)), work)


def listed(person: str, kind: str, limit: int, cursor: str | None) -> tuple[list[Watched], str | None]:
    """A page of what a person watches, with the goods as they stand: two reads."""
    rows, more = watching.listed(person, kind, limit, cursor)
    if kind == ARRIVAL:
        return [Watched(row, None, 0) for row in rows], more
    skus = [row.sku for row in rows]
    sites = sourcing.selling()
    keys = [*map(catalog.key, skus), *(key for sku in skus for key in sourcing.keys(sku, sites))]
    found = table.batch(keys) if keys else []
    levels = sourcing.most(skus, sites, found[len(skus) :])
    seen = [sku if catalog.seen(sku) else None for sku in found[: len(skus)]]
    lefts = [levels[sku.id].here if sku is not None and catalog.on_sale(sku) else 0 for sku in seen]
    return [Watched(*one) for one in zip(rows, seen, lefts, strict=True)], more


def left(sku: Sku) -> int:
    """What can be had of it now: nothing of what is not for sale."""
    return sourcing.read_most([sku.id])[sku.id].here if catalog.on_sale(sku) else 0
