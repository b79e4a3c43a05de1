"""What the catalogue tells."""

from __future__ import annotations

from chalicelib.kernel.facts import Fact


class ProductPublished(Fact, context="catalog"):
    """A product is on the shelf from this instant on."""

    product: str


class ProductUnpublished(Fact, context="catalog"):
    """A product is off the shelf from this instant on."""

    product: str


class ProductChanged(Fact, context="catalog"):
    """What is said of a product or its SKUs changed; `edit` counts its edits."""

    product: str
    edit: int


class SkuPriceChanged(Fact, context="catalog"):
    """A SKU costs `after` fen from this instant on; `before` is null for a new one."""

    sku: str
    before: int | None
    after: int
