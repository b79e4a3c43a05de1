"""The catalogue's front door for the shop's own people."""

from chalice.app import Blueprint

from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import Page, Request, endpoint
from chalicelib.runtime.work import Work

from . import shapes
from .picture_rules import PictureNotFound, PictureStateConflict
from .rules import (
    AttributesWrong,
    CategoriesFull,
    CategoryInUse,
    CategoryNotFound,
    CategoryTooDeep,
    IfMatchRequired,
    OptionsWrong,
    PictureUnknown,
    ProductNotFound,
    ProductStateConflict,
    SkuNotFound,
    StaleVersion,
    TooManyCategories,
    product_of,
    seen_version,
)
from .service import categories, editing, pictures, reading
from .shapes import (
    AskMisfits,
    AskPrices,
    AskProducts,
    CategoriesAdmin,
    CategoryBody,
    CategoryRef,
    Edited,
    ListingBody,
    MisfitLine,
    NewCategory,
    NewPicture,
    OpenedUpload,
    PriceView,
    ProductAdmin,
    ProductLine,
    UploadView,
)

bp = Blueprint(__name__)
EDIT, READ = "catalog:edit", "catalog:read"
WRONG = (AttributesWrong, OptionsWrong, CategoryNotFound, TooManyCategories, PictureUnknown)


@endpoint(bp, "GET", "/v1/admin/categories", permit=READ)
def list_categories() -> CategoriesAdmin:
    """List categories with their attributes. · 类目及属性列表"""
    rows = categories.every().values()
    return CategoriesAdmin(items=[shapes.category_admin(row) for row in rows])


@endpoint(
    bp,
    "POST",
    "/v1/admin/categories",
    permit=EDIT,
    status=201,
    errors=(CategoryNotFound, CategoryTooDeep, CategoriesFull),
)
def open_category(body: NewCategory, work: Work) -> CategoryRef:
    """Create a category. · 新建类目"""
    new = categories.open_category(shapes.named(body), body.parent, work)
    return CategoryRef(id=new, version=1)


@endpoint(
    bp,
    "PUT",
    "/v1/admin/categories/{category_id}",
    permit=EDIT,
    errors=(CategoryNotFound, StaleVersion, IfMatchRequired),
)
def edit_category(category_id: str, body: CategoryBody, request: Request, work: Work) -> CategoryRef:
    """Replace a category's names and attributes. · 修改类目名称与属性

    Its products stay as they are, and product-misfits lists what no longer fits.
    """
    version = categories.edit_category(category_id, seen_version(request.headers), shapes.named(body), work)
    return CategoryRef(id=category_id, version=version)


@endpoint(
    bp,
    "DELETE",
    "/v1/admin/categories/{category_id}",
    permit=EDIT,
    status=204,
    errors=(CategoryNotFound, CategoryInUse),
)
def close_category(category_id: str, work: Work) -> None:
    """Delete an empty category. · 删除空类目"""
    categories.close_category(category_id, work)


@endpoint(bp, "GET", "/v1/admin/products", permit=READ)
def list_products(query: AskProducts) -> Page[ProductLine]:
    """List products of a status, newest first. · 按状态列出商品，按时间倒序"""
    rows, following = reading.by_status(query.status, query.limit, query.cursor)
    return Page[ProductLine](items=[shapes.product_line(row) for row in rows], next=following)


@endpoint(bp, "GET", "/v1/admin/product-misfits", permit=READ, errors=(CategoryNotFound,))
def list_misfits(query: AskMisfits) -> Page[MisfitLine]:
    """List products that no longer fit their category. · 属性与类目不符的商品列表

    Newest first. A page may be short and still have a next one.
    """
    if query.category:
        categories.find(query.category)
    found, following = reading.misfits(query.status, query.category or "", query.limit, query.cursor)
    return Page[MisfitLine](items=[shapes.misfit_line(misfit) for misfit in found], next=following)


@endpoint(bp, "POST", "/v1/admin/products", permit=EDIT, status=201, errors=WRONG)
def add_product(body: ListingBody, work: Work) -> Edited:
    """Create a product as a draft. · 新建商品草稿

    It has no SKUs yet.
    """
    listing = body.listing()
    pictures.require_shown(pictures.named(listing))
    return shapes.edited(editing.add_product(listing, (), work))


@endpoint(bp, "GET", "/v1/admin/products/{product_id}", permit=READ, errors=(ProductNotFound,))
def show_product(product_id: str) -> ProductAdmin:
    """Read a product as it is stored. · 商品详情（后台）"""
    return shapes.product_admin(reading.find_product(product_id, consistent=True))


@endpoint(
    bp,
    "PUT",
    "/v1/admin/products/{product_id}",
    permit=EDIT,
    errors=(*WRONG, ProductNotFound, ProductStateConflict, StaleVersion, IfMatchRequired),
)
def edit_product(product_id: str, body: ListingBody, request: Request, work: Work) -> Edited:
    """Replace a product's description. · 修改商品信息"""
    listing, known = body.listing(), reading.find_product(product_id).listing
    pictures.require_shown(pictures.named(listing) - pictures.named(known))
    return shapes.edited(editing.edit_product(product_id, seen_version(request.headers), listing, work))


@endpoint(bp, "GET", "/v1/admin/products/{product_id}/skus/{sku}/prices", permit=READ, errors=(SkuNotFound,))
def price_history(product_id: str, sku: str, query: AskPrices) -> Page[PriceView]:
    """List a SKU's price changes. · SKU 价格变更记录

    Who set it, when, from what to what.
    """
    if product_of(sku) != product_id:
        raise SkuNotFound(sku=sku[:40])
    rows, following = reading.price_history(sku, query.limit, query.cursor)
    return Page[PriceView](items=[shapes.price_view(row) for row in rows], next=following)


@endpoint(bp, "POST", "/v1/admin/media", permit=EDIT, status=201)
def open_upload(body: NewPicture, work: Work) -> OpenedUpload:
    """Open an upload of an image. · 申请上传图片

    PUT the file to `url` with `headers` (15 MB at most), then say that it is there.
    """
    return shapes.opened_upload(pictures.open_upload(body.kind, body.size, work))


@endpoint(
    bp,
    "PUT",
    "/v1/admin/media/{upload_id}/arrival",
    permit=EDIT,
    status=204,
    errors=(PictureNotFound, PictureStateConflict),
)
def picture_arrived(upload_id: str, work: Work) -> None:
    """Say that an image was uploaded. · 通知图片已上传

    Its sizes are made within seconds, or it is refused.
    """
    pictures.arrive(upload_id, work)


@endpoint(bp, "GET", "/v1/admin/media/{upload_id}", permit=READ, errors=(PictureNotFound,))
def show_upload(upload_id: str, caller: Caller) -> UploadView:
    """Read how an upload goes. · 查看图片上传状态"""
    return shapes.upload_view(pictures.find(upload_id), caller.language)
