"""What is to be priced, and which of it an offer covers. Amounts are fen."""

from __future__ import annotations

from typing import NamedTuple

from chalicelib.kernel.bill import MAIN
from chalicelib.kernel.money import Fen

NO_COUPON = 2  # a flag of goods that take no coupon


class ActivityPrice(NamedTuple):
    """The price that a flash sale, a team or a bargain gives every piece of a line; `admits` are the lanes it still takes."""

    offer: str
    version: int
    price: Fen
    admits: frozenset[str] = frozenset()


class Item(NamedTuple):
    """Equal pieces that are to be priced; two items of one SKU are priced each for itself.

    `categories` are its own with all above them, `floor` is what a piece costs at least after all offers, `weight` is grams and
    `volume` cubic centimetres of a piece, `earn` are points that the line brings beside the general ones. `member` says
    whether member prices reach it; `template` is its freight template ("": the default one), `location` where it is sent from.
    """

    sku: str
    quantity: int
    unit: Fen
    product: str = ""
    categories: frozenset[str] = frozenset()
    list_price: Fen | None = None
    floor: Fen = Fen(0)
    weight: int = 0
    volume: int = 0
    activity: ActivityPrice | None = None
    version: int = 0
    flags: int = 0
    earn: int = 0
    member: bool = True
    template: str = ""
    location: str = MAIN


class Scope(NamedTuple):
    """Which goods: everything or what is named, less what is named in `not_…`. A category covers all below it."""

    all: bool = True
    categories: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    skus: frozenset[str] = frozenset()
    not_categories: frozenset[str] = frozenset()
    not_products: frozenset[str] = frozenset()
    not_skus: frozenset[str] = frozenset()

    def covers(self, item: Item) -> bool:
        named = (
            self.all
            or item.sku in self.skus
            or item.product in self.products
            or not self.categories.isdisjoint(item.categories)
        )
        return named and not self.leaves_out(item)

    def may_cover(self, sku: str, product: str) -> bool:
        """Whether goods may be covered whose categories are not known."""
        return self.all or bool(self.categories) or sku in self.skus or product in self.products

    def leaves_out(self, item: Item) -> bool:
        """Whether it is named among what is not covered."""
        return (
            item.sku in self.not_skus
            or item.product in self.not_products
            or not self.not_categories.isdisjoint(item.categories)
        )


EVERYTHING = Scope()
