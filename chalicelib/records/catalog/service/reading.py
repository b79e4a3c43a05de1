"""What others read of the catalogue: SKUs for carts and quotes, products for pages, frozen versions for orders."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.kernel.ids import is_id, is_sku
from chalicelib.kernel.money import Fen
from chalicelib.runtime import table
from chalicelib.runtime.table import Key

from .. import model, packing, rules
from ..model import BY_PRICE, BY_STATUS, SHOWN, Category, ListEntry, PriceChange, Product, ProductVersion, Sku
from ..rules import SEEN, Listing, ProductNotFound, ReturnPolicy, SkuNotFound, Spec, Text, product_of
from . import categories

ORDERS = ("newest", "price", "price_down")
MOST_PAGES = 5  # of the products of a status, looked at for one page of misfits


class ProductWithSkus(NamedTuple):
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


class Misfit(NamedTuple):
    """A product whose attributes do not fit its category any more, and a word for each that does not."""

    product: Product
    problems: tuple[str, ...]


class Snapshot(NamedTuple):
    """A SKU as it was described and priced when it was ordered."""

    sku: str
    version: int
    title: Text
    options: tuple[Text, ...]
    price: Fen
    picture: str | None
    policy: ReturnPolicy
    category: str


def key(sku: str) -> Key:
    """The key of a SKU's row, for a batch read together with others' rows."""
    return Key(Sku, product_of(sku), model.sku_part(sku))


def stop_of(sku: Sku) -> str | None:
    """Why a SKU may not be bought; None when it may."""
    return rules.stop_of(shelf=sku.shelf, off=bool(sku.off), stopped=sku.stopped)


def on_sale(sku: Sku) -> bool:
    """Whether a SKU may be bought."""
    return stop_of(sku) is None


def offered(sku: Sku | None) -> bool:
    """Whether a SKU is there, on the shelf and for sale; its sale may be stopped all the same."""
    return sku is not None and sku.shelf == "on" and not sku.off


def seen(sku: Sku | None) -> bool:
    """Whether people may know of a SKU: its product has a page."""
    return sku is not None and sku.shelf in SEEN


def about(sku: Sku) -> dict[str, str]:
    """A SKU as a refusal names it."""
    return {"sku": sku.id, "title_zh": sku.title_zh, "title_en": sku.title_en}


class Titled(NamedTuple):
    """A SKU for people: its product's title, and what is chosen of each axis."""

    title: Text
    options: tuple[Text, ...]


def titled(sku: Sku) -> Titled:
    """What a SKU is called."""
    chosen = tuple(Text(*words) for words in json.loads(sku.words or "[]"))
    return Titled(rules.bare_title(Text(sku.title_zh, sku.title_en), chosen), chosen)


def find_sku(sku: str, *, seen: bool = False, consistent: bool = False) -> Sku:
    """A SKU, or one that people may know of. Raises SkuNotFound."""
    key = product_of(sku), model.sku_part(sku)
    found = table.get(Sku, *key, consistent=consistent) if is_sku(sku) else None
    if found is None or (seen and found.shelf not in SEEN):
        raise SkuNotFound(sku=sku[:40])
    return found


def find_product(product_id: str, *, consistent: bool = False) -> ProductWithSkus:
    """A product with its SKUs, in one read. Raises ProductNotFound."""
    if not is_id(product_id, "P"):
        raise ProductNotFound()
    items = list(table.every_raw(Product, product_id, between=SHOWN, consistent=consistent))
    if not items or items[0]["r"]["S"] != model.PRODUCT:
        raise ProductNotFound()
    return ProductWithSkus(Product.from_raw_data(items[0]), tuple(Sku.from_raw_data(item) for item in items[1:]))


def list_entries(category: str, order: str, limit: int, cursor: str | None) -> tuple[list[ListEntry], str | None]:
    """A page of what is on the shelf in a category and those below it, and the cursor of the next page."""
    return table.query(
        ListEntry,
        model.list_of(category),
        index=BY_PRICE if order != "newest" else None,
        limit=limit,
        cursor=cursor,
        newest_first=order != "price",
    )


def listed_products(before: str, limit: int) -> list[str]:
    """The newest products that lists show, with ids below one."""
    entries, _ = table.query(
        ListEntry, model.list_of(), between=("r", "P", before), limit=limit + 1, newest_first=True, consistent=True
    )
    return [entry.product for entry in entries if entry.product != before][:limit]


def by_status(status: str, limit: int, cursor: str | None) -> tuple[list[Product], str | None]:
    """A page of the products of a status, newest first."""
    return table.listed(Product, status, index=BY_STATUS, hash_name="g", limit=limit, cursor=cursor, newest_first=True)


def misfits(status: str, category: str, limit: int, cursor: str | None) -> tuple[list[Misfit], str | None]:
    """A page of the products of a status that do not fit their category any more, newest first; of a category and those
    below it, or all. It is found by looking at each, so a page may be short and still have a next one.
    """
    tree = categories.tree(now=True).rows
    found: list[Misfit] = []
    for _ in range(MOST_PAGES):
        rows, cursor = by_status(status, limit - len(found), cursor)
        of_category = [row for row in rows if not category or category in row.places.split()]
        found += [Misfit(row, problems) for row in of_category if (problems := _problems(row, tree))]
        if cursor is None or len(found) == limit:
            break
    return found, cursor


def _problems(product: Product, tree: Mapping[str, Category]) -> tuple[str, ...]:
    listing = packing.listing_of(json.loads(product.listing))
    return rules.read_attributes(categories.schema_of(tree, listing.category), listing.attributes)[1]


def price_history(
    sku: str, limit: int, cursor: str | None, *, consistent: bool = False
) -> tuple[list[PriceChange], str | None]:
    """A page of a SKU's prices, newest first. Raises SkuNotFound: whatever is a SKU has a first price."""
    if not is_sku(sku):
        raise SkuNotFound(sku=sku[:40])
    part = f"h{model.sku_part(sku)}#"
    found, following = table.query(
        PriceChange,
        product_of(sku),
        begins=("r", part),
        limit=limit,
        cursor=cursor,
        newest_first=True,
        consistent=consistent,
    )
    if not found and cursor is None:
        raise SkuNotFound(sku=sku)
    return found, following


def prices_since(sku: str, since: datetime) -> list[Fen]:
    """What a SKU cost at any time since an instant, as far back as two people last agreed on its price."""
    found: list[Fen] = []
    part = f"h{model.sku_part(sku)}#"
    for change in table.every(PriceChange, product_of(sku), begins=("r", part), newest_first=True, limit=50):
        if change.at < since or change.agreed or change.before is None:
            break
        found.append(change.before)
    return found


def price_of(sku: str) -> Fen:
    """What a SKU costs now. Raises SkuNotFound."""
    return find_sku(sku, consistent=True).price


def snapshots(pairs: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Snapshot]:
    """What these (SKU, catalog version) were, in one read for a hundred; unknown ones are left out."""
    asked = list(dict.fromkeys(pairs))
    return snapshots_of(asked, table.batch(version_keys(asked)))


def version_keys(asked: Sequence[tuple[str, int]]) -> list[Key]:
    """The keys of these versions, for a batch read; give what was found to `snapshots_of`."""
    return [Key(ProductVersion, product_of(sku), model.version_part(version)) for sku, version in asked]


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
        sku,
        version,
        listing.title,
        options,
        Fen(said["price"]),
        said["picture"] or (pictures[0] if pictures else None),
        listing.policy,
        listing.category,
    )
