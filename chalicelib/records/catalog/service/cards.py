"""The cards of lists: several by the ids of their products, and the word that they say of the stock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chalicelib.runtime import table
from chalicelib.runtime.table import Key
from chalicelib.runtime.work import Work

from .. import steps
from ..model import ListEntry, list_of
from ..packing import CardUnit as CardUnit
from ..packing import pack_units as pack_units
from ..packing import units_of as units_of

MOST_LINES = 60  # of one transaction, which has others


class StockWord(NamedTuple):
    """A product, the categories that list it, and how much of it is left, in a word."""

    product: str
    places: Sequence[str]
    word: str


def cards(products: Sequence[str]) -> list[ListEntry]:
    """The cards of these products in this order, in one read; those that no list shows are left out."""
    return [row for row in _read(products, consistent=False) if row is not None]


def tell_stock(words: Iterable[StockWord], usual: str, work: Work) -> None:
    """Have cards say what is left, in every list; as many as one transaction takes. Where nothing is said, it is as `usual`.
    Its refusal: StaleVersion, where a card went meanwhile."""
    told, left = list(words), MOST_LINES
    for row, (product, places, word) in zip(_read([one.product for one in told], consistent=True), told, strict=True):
        if row is not None and (row.stock or usual) != word and len(places) < left:
            left -= len(places) + 1
            work.add(*(steps.tell_stock(place, product, word) for place in map(list_of, ["", *places])))


def _read(products: Sequence[str], *, consistent: bool) -> Sequence[ListEntry | None]:
    keys = [Key(ListEntry, list_of(), product) for product in products]
    return table.batch(keys, consistent=consistent) if keys else []
