"""The shelf's front door, for the shop's own people: SKUs, their prices, and what is on sale."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.records.catalog import shapes
from chalicelib.records.catalog.rules import (
    SKU_SHAPE,
    CodeTaken,
    Edited,
    NothingToSell,
    OptionsWrong,
    ProductMoved,
    ProductUnknown,
    SkuUnknown,
    TooManySkus,
    VersionMissing,
    product_of,
    seen_version,
)
from chalicelib.records.catalog.shapes import ArticleBody, Move, NewSkus
from chalicelib.runtime.http import Request, endpoint
from chalicelib.runtime.work import Work

from .service import shelve

bp = Blueprint(__name__)
EDIT = "catalog:edit"
SEEN = (ProductUnknown, ProductMoved, Edited, VersionMissing)


@endpoint(
    bp, "POST", "/v1/admin/products/{product_id}/skus", permit=EDIT, fresh=True, status=201,
    errors=(*SEEN, OptionsWrong, CodeTaken, TooManySkus),
)  # fmt: skip
def add_skus(product_id: str, body: NewSkus, request: Request, work: Work) -> shapes.Edited:
    """Add SKUs to a product; their stock is nothing until it is counted in."""
    articles = [sku.article() for sku in body.skus]
    outcome = shelve.add_skus(product_id, seen_version(request.headers), articles, work)
    return work.commit(shapes.edited(outcome))


@endpoint(
    bp, "PUT", "/v1/admin/products/{product_id}/skus/{sku}", permit=EDIT, fresh=True,
    errors=(*SEEN, OptionsWrong, CodeTaken, SkuUnknown, SecondPersonNeeded),
)  # fmt: skip
def edit_sku(product_id: str, sku: str, body: ArticleBody, request: Request, work: Work) -> shapes.Edited:
    """Replace what is said of a SKU: price, codes, options, and whether it is for sale."""
    if not SKU_SHAPE.fullmatch(sku) or product_of(sku) != product_id:
        raise SkuUnknown(sku=sku[:40])
    return work.commit(shapes.edited(shelve.edit_sku(sku, seen_version(request.headers), body.article(), work)))


@endpoint(bp, "PUT", "/v1/admin/products/{product_id}/status", permit=EDIT, errors=(*SEEN, NothingToSell))
def move_product(product_id: str, body: Move, request: Request, work: Work) -> shapes.Edited:
    """Put a product on the shelf, take it off (its sale stops at once, whatever quotes are out), or archive it."""
    return work.commit(shapes.edited(shelve.move_product(product_id, seen_version(request.headers), body.action, work)))
