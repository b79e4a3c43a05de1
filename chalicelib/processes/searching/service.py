"""The index follows the catalogue and the stock: whatever happened, what stands now is put in, so that facts may come in any
order and any number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import ProductNotFound, StaleVersion, product_of, short
from chalicelib.records.catalog.service import ProductWithSkus, cards
from chalicelib.records.catalog.service.cards import StockWord
from chalicelib.records.inventory import rules as stock
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.orders import service as orders
from chalicelib.records.search import rules
from chalicelib.records.search import service as search
from chalicelib.records.search.rules import IndexMoved, SearchEntry
from chalicelib.runtime.work import Work

from .events import IndexCheckDue

LOOKS = 5
MOVED = (IndexMoved, StaleVersion)  # somebody was faster
STRETCH = 40  # products compared at once: each may lie in a segment of its own, and a transaction takes 100 lines
END = "Q"  # above every product's id


def index(products: Iterable[str], work: Work) -> None:
    """Have these products in the index, and their cards in lists, as they can be bought now. Commits, and looks
    again where somebody was faster."""
    work.attempts(LOOKS, lambda one: _index(list(dict.fromkeys(products)), one), *MOVED)


def sold(order_id: str, work: Work) -> None:
    """Pieces were taken for an order: of what has few or none left, lists say so. Commits."""
    skus = [line.sku for line in orders.find(order_id).lines]
    levels = sourcing.read_most(skus)
    if few := [product_of(sku) for sku in skus if levels[sku].there <= stock.LOW]:
        index(few, work)


def given_back(order_id: str, work: Work) -> None:
    """Pieces of an order can be bought again. Commits."""
    index([product_of(line.sku) for line in orders.find(order_id).lines], work)


def check(before: str, work: Work) -> None:
    """Compare a stretch of the index with what lists show, and go on with the next. Commits."""
    listed = catalog.listed_products(before, STRETCH)
    until = listed[-1] if len(listed) == STRETCH else ""
    products = list(dict.fromkeys([*listed, *search.between(until, before)]))

    def compared(one: Work) -> None:
        _index(products[:STRETCH], one)
        if until:
            one.publish(IndexCheckDue(until))

    work.attempts(LOOKS, compared, *MOVED)


def _index(products: Sequence[str], work: Work) -> None:
    found = {product: _entry(product) for product in products}
    search.keep(
        [entry for entry in found.values() if entry is not None],
        [product for product, entry in found.items() if entry is None],
        work,
    )
    said = [StockWord(entry.product, entry.places, entry.stock) for entry in found.values() if entry is not None]
    cards.tell_stock(said, stock.IN_STOCK, work)


def _entry(product: str) -> SearchEntry | None:
    """A product as it is found; None when nothing of it can be bought."""
    try:
        whole = catalog.find_product(product, consistent=True)
    except ProductNotFound:
        return None
    offers = [sku for sku in whole.skus if catalog.on_sale(sku)]
    if not offers:
        return None
    levels = sourcing.read_most([sku.id for sku in offers])
    offers.sort(key=lambda sku: sku.price)
    cheapest, dearest = offers[0], int(offers[-1].price)
    listing, summary = whole.listing, short(whole.listing.summary)
    words = [level.word(on=True) for level in levels.values()]
    pictures = [picture.cover or picture.small for picture in listing.pictures]
    brands = dict.fromkeys(filter(None, map(rules.fold, listing.brand)))
    return SearchEntry(
        product=product,
        title_zh=listing.title.zh,
        title_en=listing.title.en,
        price=int(cheapest.price),
        highest=dearest if dearest > cheapest.price else None,
        picture=pictures[0] if pictures else None,
        places=tuple(whole.places),
        brands=tuple(brands),
        attributes=_attributes(whole),
        stocked=any(level.left > 0 and not level.closed for level in levels.values()),
        title=rules.folded(dict.fromkeys(listing.title)),
        rest=rules.folded(
            [*brands, *rules.code_words(code for sku in offers for code in (sku.code, sku.barcode) if code)]
        ),
        list_price=None if cheapest.list_price is None else int(cheapest.list_price),
        category=listing.category,
        summary_zh=summary.zh,
        summary_en=summary.en,
        stock=stock.of_all(words),
        units=cards.pack_units(offers),
    )


def _attributes(whole: ProductWithSkus) -> Mapping[str, str]:
    """What can be filtered by: choices, numbers and flags as texts; what people wrote is no value to choose."""
    told = whole.listing.attributes.items()
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in told
        if not isinstance(value, Mapping)
    }
