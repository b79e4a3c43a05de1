"""What others read of the catalogue: SKUs for carts and quotes, products for pages, frozen versions for orders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from chalicelib.kernel.ids import is_id
from chalicelib.kernel.money import Fen
from chalicelib.runtime import clients, table
from chalicelib.runtime.table import Wanted

from .. import model, packing
from ..model import BY_PRICE, BY_STATUS, SHOWN, Card, PriceChange, Product, Sku, Version
from ..rules import SKU_SHAPE, Listing, ProductUnknown, ReturnPolicy, SkuUnknown, Spec, Words, product_of

ORDERS = ("newest", "price", "price_down")


class Whole(NamedTuple):
    """A product with its SKUs, as they stand."""

    product: Product
    skus: tuple[Sku, ...]

    @property
    def listing(self) -> Listing:
        return packing.listing_of(json.loads(self.product.listing))

    @property
    def specs(self) -> tuple[Spec, ...]:
        return packing.specs_of(self.product.specs)

    @property
    def places(self) -> list[str]:
        """The categories in whose lists it stands."""
        return self.product.places.split() if self.product.places else []

    def sku(self, sku_id: str) -> Sku | None:
        return next((sku for sku in self.skus if sku.id == sku_id), None)


class Snapshot(NamedTuple):
    """A SKU as it was described and priced when it was ordered."""

    sku: str
    version: int
    title: Words
    options: tuple[Words, ...]
    price: Fen
    picture: str | None
    policy: ReturnPolicy
    category: str


def wanted(sku: str) -> Wanted:
    """The key of a SKU's row, for a batch read together with others' rows."""
    return Wanted(Sku, product_of(sku), model.sku_part(sku))


def on_sale(sku: Sku) -> bool:
    """Whether a SKU may be bought."""
    return bool(sku.shelf == "on" and not sku.off)


def whole(product_id: str, *, consistent: bool = False) -> Whole:
    """A product with its SKUs, in one read. Raises ProductUnknown."""
    if not is_id(product_id, "P"):
        raise ProductUnknown()
    name, first, last = SHOWN
    request: dict[str, Any] = {
        "TableName": Product.Meta.table_name, "ConsistentRead": consistent,
        "KeyConditionExpression": "p = :p AND #r BETWEEN :a AND :z", "ExpressionAttributeNames": {"#r": name},
        "ExpressionAttributeValues": {":p": table.raw(product_id), ":a": table.raw(first), ":z": table.raw(last)},
    }  # fmt: skip
    items = [item for page in table.pages(clients.client("dynamodb").query, **request) for item in page]
    if not items or items[0]["r"]["S"] != model.PRODUCT:
        raise ProductUnknown()
    return Whole(Product.from_raw_data(items[0]), tuple(Sku.from_raw_data(item) for item in items[1:]))


def cards(category: str, order: str, limit: int, cursor: str | None) -> tuple[list[Card], str | None]:
    """A page of what is on the shelf in a category and those below it, and the cursor of the next page."""
    return table.query(
        Card, model.list_of(category), index=BY_PRICE if order != "newest" else None, limit=limit, cursor=cursor,
        newest_first=order != "price",
    )  # fmt: skip


def by_status(status: str, limit: int, cursor: str | None) -> tuple[list[Product], str | None]:
    """A page of the products of a status, newest first."""
    keys, following = table.query(
        Product, status, index=BY_STATUS, hash_name="g", limit=limit, cursor=cursor, newest_first=True
    )
    rows = table.batch(Wanted(Product, key.id, model.PRODUCT) for key in keys)
    return [row for row in rows if row is not None], following


def price_history(sku: str, limit: int, cursor: str | None) -> tuple[list[PriceChange], str | None]:
    """A page of a SKU's prices, newest first; none of what is no SKU."""
    if not SKU_SHAPE.fullmatch(sku):
        return [], None
    part = f"h{model.sku_part(sku)}#"
    return table.query(PriceChange, product_of(sku), begins=("r", part), limit=limit, cursor=cursor, newest_first=True)


def prices_since(sku: str, since: int) -> list[int]:
    """What a SKU cost at any time since an instant (epoch ms), as far back as two people last agreed on its price."""
    found: list[int] = []
    cursor: str | None = None
    while True:
        changes, cursor = price_history(sku, 50, cursor)
        for change in changes:
            if int(change.at) < since or change.agreed or change.before is None:
                return found
            found.append(int(change.before))
        if cursor is None:
            return found


def price_of(sku: str) -> int:
    """What a SKU costs now. Raises SkuUnknown."""
    row = table.get(Sku, product_of(sku), model.sku_part(sku), consistent=True) if SKU_SHAPE.fullmatch(sku) else None
    if row is None:
        raise SkuUnknown(sku=sku[:40])
    return int(row.price)


def snapshots(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Snapshot]:
    """What these (SKU, catalog version) were, in one read for a hundred; unknown ones are left out."""
    asked = list(dict.fromkeys(pairs))
    return snapshots_of(asked, table.batch(wanted_versions(asked)))


def wanted_versions(asked: Sequence[tuple[str, int]]) -> list[Wanted]:
    """The keys of these versions, for a batch read; give what was found to `snapshots_of`."""
    return [Wanted(Version, product_of(sku), model.version_part(version)) for sku, version in asked]


def snapshots_of(asked: Sequence[tuple[str, int]], rows: Sequence[Any]) -> dict[tuple[str, int], Snapshot]:
    """What (SKU, catalog version) were, from their rows in the same order."""
    found = {}
    for (sku, version), row in zip(asked, rows, strict=True):
        content = json.loads(row.content) if row is not None else {"skus": {}}
        said = content["skus"].get(sku[-2:])
        if said is not None:
            found[sku, version] = _snapshot(sku, version, content, said)
    return found


def _snapshot(sku: str, version: int, content: dict[str, Any], said: dict[str, Any]) -> Snapshot:
    listing = packing.listing_of(content["listing"])
    pictures = [picture.cover or picture.small for picture in listing.pictures]
    options = tuple(
        value.words for axis in listing.axes if (value := axis.value(said["options"].get(axis.key, ""))) is not None
    )
    return Snapshot(
        sku, version, listing.title, options, Fen(said["price"]), said["picture"] or (pictures[0] if pictures else None),
        listing.policy, listing.category,
    )  # fmt: skip
