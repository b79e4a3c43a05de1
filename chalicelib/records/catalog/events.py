"""What the catalogue tells."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact, Left


class ProductPublished(Fact, context="catalog", audit=Audit("shop", "product")):
    """A product is on the shelf from this instant on."""

    product: str


class ProductUnpublished(Fact, context="catalog", audit=Audit("shop", "product")):
    """A product is off the shelf from this instant on."""

    product: str


class ProductChanged(
    Fact, context="catalog", audit=Left("each edit keeps its own version with who made it; prices are told apart")
):
    """What is said of a product or its SKUs changed; `edit` counts its edits."""

    product: str
    edit: int


class SkuPriceChanged(Fact, context="catalog", audit=Audit("shop", "sku")):
    """A SKU costs `after` fen from this instant on; `before` is null for a new one."""

    sku: str
    before: int | None
    after: int


class PictureArrived(Fact, context="catalog", audit=Left("a file, which is seen by nobody until it is made anew")):
    """A picture's file was sent: it is to be looked at and made anew."""

    upload: str


class PictureDropDue(Fact, context="catalog", audit=REMINDER):
    """For later: delete a picture that no product names by then."""

    upload: str
