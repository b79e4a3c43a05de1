"""Lists of what can be bought: one read of the cards that are named, one query of the catalogue where a category is all that
is asked for, else the search index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.ids import ULID
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import CategoryNotFound
from chalicelib.records.catalog.service import ListEntry, cards, categories
from chalicelib.records.pricing.rules.offers import Offer
from chalicelib.records.search import rules
from chalicelib.records.search import service as search
from chalicelib.records.search.rules import Needle, QueryUnclear, SearchEntry, SearchFilter, Sort, Wanted

from ..service.deals import SkuDeal, lowest
from ..service.deals import taking_part as named


class Wish(NamedTuple):
    """What a shopper wants to see; prices in fen."""

    words: str | None
    category: str
    brand: str
    price_from: int | None
    price_to: int | None
    attributes: tuple[tuple[str, str], ...]
    in_stock: bool
    sort: Sort
    ids: tuple[str, ...] = ()

    @property
    def searched(self) -> bool:
        """Whether it takes more than a category's list."""
        narrowed = self.brand or self.attributes or self.in_stock or (self.price_from, self.price_to) != (None, None)
        return self.words is not None or self.sort == "best" or bool(narrowed)


class Shelf(NamedTuple):
    """A page of what can be bought, the cursor of the next, and how much there is in all, where that is known."""

    entries: Sequence[ListEntry | SearchEntry]
    following: str | None
    total: int | None


def show(wish: Wish, limit: int, cursor: str | None) -> Shelf:
    """A page of what a shopper wants to see. Raises CategoryNotFound, QueryUnclear, CursorInvalid."""
    if named := wish.ids or _named_by_id(wish.words or ""):
        found = cards.cards(named)
        return Shelf(found, None, len(found))
    return _search(wish, limit, cursor) if wish.searched else _list(wish, limit, cursor)


def deals(entries: Sequence[ListEntry | SearchEntry], now: datetime) -> dict[str, SkuDeal]:
    """By product what it costs less than all prices without an offer; no read but of the offers that are remembered."""
    found = ((entry.product, lowest(cards.units_of(entry.product, entry.units), now)) for entry in entries)
    return {product: deal for product, deal in found if deal is not None}


def taking_part(entries: Sequence[ListEntry | SearchEntry], now: datetime) -> dict[str, list[Offer]]:
    """By product the first few offers that it takes part in; no read but of what is remembered."""
    tree, found = categories.tree().rows, {}
    for entry in entries:
        places = categories.path_of(tree[entry.category]) if entry.category in tree else ()
        found[entry.product] = named(entry.product, places, cards.units_of(entry.product, entry.units), now)
    return found


def _list(wish: Wish, limit: int, cursor: str | None) -> Shelf:
    entries, following = catalog.list_entries(wish.category, wish.sort, limit, cursor)
    if wish.category and not entries:
        categories.find(wish.category)  # a shelf that is empty is another thing than one that is not there
    whole = cursor is None and following is None
    return Shelf(entries, following, len(entries) if whole else None)


def _named_by_id(words: str) -> tuple[str, ...]:
    """The product whose id, or a SKU of which, is all that is looked for: no index is needed to find that."""
    found = re.fullmatch(f"(P{ULID})([0-9]{{2}})?", words.upper())
    return (found[1],) if found else ()


def _search(wish: Wish, limit: int, cursor: str | None) -> Shelf:
    needles = () if wish.words is None else rules.needles(wish.words)
    brand = rules.fold(wish.brand)
    if wish.brand and not brand:
        raise QueryUnclear()
    tree = categories.tree().rows
    if wish.category and wish.category not in tree:
        raise CategoryNotFound()
    folded = {row.id: rules.folded((row.name_zh, row.name_en)) for row in tree.values()} if needles else {}
    filters = SearchFilter(wish.category, wish.price_from, wish.price_to, brand, wish.attributes, wish.in_stock)
    wanted = Wanted(needles, tuple(_named(needle, folded) for needle in needles), filters, wish.sort)
    found, following = search.find(wanted, limit, cursor)
    return Shelf(found.entries, following, found.total)


def _named(needle: Needle, names: dict[str, str]) -> frozenset[str]:
    """The categories whose name has a needle."""
    return frozenset(category for category, name in names.items() if rules.names(needle, name))
