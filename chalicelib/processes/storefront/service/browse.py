"""Categories, lists and product pages: one read, or two for a product with its stock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SEEN, Picture, ProductNotFound
from chalicelib.records.catalog.service import categories, pictures
from chalicelib.records.inventory import service as inventory
from chalicelib.runtime import table
from chalicelib.runtime.http import Page, amount
from chalicelib.runtime.memory import Memory

from ..rules import LOW, availability
from ..shapes import (
    AskShelf,
    AxisView,
    CardView,
    CategoriesView,
    CategoryNode,
    MediaView,
    PolicyView,
    ProductPage,
    SkuView,
    SpecView,
    ValueView,
)

_shown: Memory[str, tuple[categories.Tree, CategoriesView]] = Memory(1)


def category_tree() -> CategoriesView:
    """All categories as a tree, neighbours by rank; made once of what is remembered of them."""
    tree = categories.tree()
    made, shown = _shown.get("tree") or (None, None)
    if shown is None or made is not tree:
        shown = _tree_view(tree)
        _shown.put("tree", (tree, shown))
    return shown


def _tree_view(tree: categories.Tree) -> CategoriesView:
    rows = tree.rows
    below: dict[str, list[str]] = {}
    for row in rows.values():
        below.setdefault(categories.parent_of(row), []).append(row.id)

    def node(category: str) -> CategoryNode:
        row = rows[category]
        children = [node(child) for child in below.get(category, ())]
        return CategoryNode(id=row.id, name_zh=row.name_zh, name_en=row.name_en, children=children)

    return CategoriesView(items=[node(root) for root in below.get("", ())])


def product_cards(query: AskShelf) -> Page[CardView]:
    """A page of what can be bought. Raises CategoryNotFound."""
    cards, following = catalog.list_entries(query.category, query.sort, query.limit, query.cursor)
    if query.category and not cards:
        categories.find(query.category)  # a shelf that is empty is another thing than one that is not there
    items = [
        CardView(
            id=card.product, title_zh=card.title_zh, title_en=card.title_en, picture=address(card.picture),
            price=amount(int(card.price)), highest=None if card.highest is None else amount(int(card.highest)),
        )
        for card in cards
    ]  # fmt: skip
    return Page[CardView](items=items, next=following)


def product_page(product_id: str) -> ProductPage:
    """A product with its SKU matrix and what is left of each. Raises ProductNotFound."""
    found = catalog.find_product(product_id)
    if found.product.status not in SEEN:
        raise ProductNotFound()
    skus = [sku.id for sku in found.skus]
    firsts = table.batch([inventory.wanted(sku) for sku in skus]) if skus else []
    return _page(found, inventory.levels(skus, firsts))


def address(picture: str | None) -> str | None:
    """Where a picture is to be had."""
    return None if picture is None else pictures.url(picture)


def _page(found: catalog.ProductWithSkus, levels: Mapping[str, inventory.StockLevel]) -> ProductPage:
    product, listing = found.product, found.listing
    matrix = _matrix(found, levels)
    prices = sorted(cell.price.fen for cell in matrix if cell.availability != "off")
    return ProductPage(
        id=product.id, version=product.version, on_sale=bool(prices),
        title_zh=listing.title.zh, title_en=listing.title.en, summary_zh=listing.summary.zh, summary_en=listing.summary.en,
        brand_zh=listing.brand.zh, brand_en=listing.brand.en, category=listing.category, categories=found.places,
        media=_media(listing.pictures),
        specs=[
            SpecView(
                key=spec.key, name_zh=spec.name.zh, name_en=spec.name.en, value_zh=spec.value.zh, value_en=spec.value.en
            )
            for spec in found.specs
        ],
        axes=[
            AxisView(
                key=axis.key, name_zh=axis.words.zh, name_en=axis.words.en,
                values=[ValueView(key=value.key, zh=value.words.zh, en=value.words.en) for value in axis.values],
            )
            for axis in listing.axes
        ],
        skus=matrix,
        price=amount(prices[0]) if prices else None,
        highest=amount(prices[-1]) if prices and prices[-1] > prices[0] else None,
        policy=PolicyView(
            no_reason_days=listing.policy.no_reason_days, exchange_days=listing.policy.exchange_days,
            warranty_months=listing.policy.warranty_months,
        ),
    )  # fmt: skip


def _matrix(found: catalog.ProductWithSkus, levels: Mapping[str, inventory.StockLevel]) -> list[SkuView]:
    cells = []
    for sku in found.skus:
        level = levels[sku.id]
        told = availability(on=catalog.on_sale(sku) and not level.closed, available=level.available)
        cells.append(
            SkuView(
                sku=sku.id, options=json.loads(sku.options), price=amount(int(sku.price)),
                list_price=None if sku.list_price is None else amount(int(sku.list_price)), picture=address(sku.picture),
                availability=told, left=min(LOW, level.available) if told == "low" else None,
            )
        )  # fmt: skip
    return cells


def _media(held: Sequence[Picture]) -> list[MediaView]:
    return [
        MediaView(
            kind=picture.kind, url=pictures.url(picture.small), url_2x=address(picture.large), url_webp=address(picture.webp),
            cover=address(picture.cover),
        )
        for picture in held
    ]  # fmt: skip
