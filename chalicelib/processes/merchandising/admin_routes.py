"""The shop's own people at the shelf: SKUs, their prices, and what is on sale."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.kernel.ids import is_sku
from chalicelib.records.catalog import shapes
from chalicelib.records.catalog.rules import (
    CodeTaken,
    FloorTooHigh,
    IfMatchRequired,
    ListPriceTooLow,
    NothingToSell,
    OptionsWrong,
    PictureUnknown,
    ProductNotFound,
    ProductStateConflict,
    SkuNotFound,
    StaleVersion,
    TooManySkus,
    product_of,
    seen_version,
)
from chalicelib.records.catalog.service import pictures
from chalicelib.records.catalog.shapes import Closure, Move, NewSkus, SkuBody
from chalicelib.records.inventory.rules import StaleStock
from chalicelib.records.tariffs.rules import TariffNotFound
from chalicelib.runtime.http import Request, endpoint
from chalicelib.runtime.work import Work

from . import service

bp = Blueprint(__name__)
EDIT = "catalog:edit"
SELL = "inventory:edit"
RACED = (StaleVersion, StaleStock)  # a stop does not wait for an editor: it looks at the product again
SEEN = (ProductNotFound, ProductStateConflict, StaleVersion, IfMatchRequired)


@endpoint(
    bp,
    "POST",
    "/v1/admin/products/{product_id}/skus",
    permit=EDIT,
    step_up=True,
    status=201,
    errors=(
        *SEEN,
        OptionsWrong,
        PictureUnknown,
        CodeTaken,
        TooManySkus,
        ListPriceTooLow,
        TariffNotFound,
        FloorTooHigh,
        SecondPersonNeeded,
    ),
    second="beyond a limit",
)
def add_skus(product_id: str, body: NewSkus, request: Request, work: Work) -> shapes.Edited:
    """Add SKUs to a product. · 为商品添加 SKU

    Their stock is nothing until it is counted in. One that is far cheaper than its siblings comes at their price
    first, and a second person agrees to its own.
    """
    pictures.require_shown(sku.picture for sku in body.skus if sku.picture)
    articles = [sku.sku_data() for sku in body.skus]
    outcome = service.add_skus(product_id, seen_version(request.headers), articles, work)
    return shapes.edited(outcome)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/products/{product_id}/skus/{sku}",
    permit=EDIT,
    step_up=True,
    errors=(
        *SEEN,
        OptionsWrong,
        PictureUnknown,
        CodeTaken,
        SkuNotFound,
        ListPriceTooLow,
        TariffNotFound,
        FloorTooHigh,
        SecondPersonNeeded,
    ),
    second="beyond a limit",
)
def edit_sku(product_id: str, sku: str, body: SkuBody, request: Request, work: Work) -> shapes.Edited:
    """Replace a SKU's price, codes and options. · 修改 SKU 价格、编码与规格

    And whether it is for sale.
    """
    if not is_sku(sku) or product_of(sku) != product_id:
        raise SkuNotFound(sku=sku[:40])
    pictures.require_shown(filter(None, [body.picture]))
    return shapes.edited(service.edit_sku(sku, seen_version(request.headers), body.sku_data(), work))


@endpoint(bp, "PUT", "/v1/admin/products/{product_id}/status", permit=EDIT, errors=(*SEEN, NothingToSell))
def move_product(product_id: str, body: Move, request: Request, work: Work) -> shapes.Edited:
    """Publish, unpublish or archive a product. · 商品上架、下架或归档

    Off the shelf its sale stops at once, whatever quotes are out.
    """
    return shapes.edited(service.move_product(product_id, seen_version(request.headers), body.action, work))


@endpoint(
    bp,
    "PUT",
    "/v1/admin/stock/{sku}/closure",
    permit=SELL,
    status=204,
    errors=(SkuNotFound, ProductStateConflict, *RACED),
    raced=RACED,
)
def stop_sale(sku: str, body: Closure, work: Work) -> None:
    """Stop the sale of a SKU at once. · 立即停售 SKU

    Quotes that hold it are refused from now on, and lists follow.
    """
    service.stop_sale(sku, body.reason, work)


@endpoint(
    bp,
    "DELETE",
    "/v1/admin/stock/{sku}/closure",
    permit=SELL,
    step_up=True,
    status=204,
    errors=(SkuNotFound, ProductStateConflict, *RACED),
    raced=RACED,
)
def resume_sale(sku: str, work: Work) -> None:
    """Lift the stop of a SKU's sale. · 解除 SKU 停售

    It is sold again if it is on sale.
    """
    service.resume_sale(sku, work)
