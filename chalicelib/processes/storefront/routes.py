"""The shop window: what anyone may see, and the cart of whoever asks."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import Unauthenticated
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import CartFull, GuestNeeded, StaleCart
from chalicelib.records.carts.shapes import CartCount, Pieces, cart_count
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import CategoryNotFound, ProductNotFound, SkuNotFound
from chalicelib.records.identity.access import service as identity
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import PUBLIC, TOKEN, Page, endpoint
from chalicelib.runtime.work import Work

from .service import browse
from .service.cart_view import cart_view
from .shapes import AskShelf, CardView, CartView, CategoriesView, GuestCart, MergedCart, ProductPage

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/categories", permit=PUBLIC, etag=True)
def categories() -> CategoriesView:
    """List the category tree. · 类目树

    A change is shown within ten seconds.
    """
    return browse.category_tree()


@endpoint(bp, "GET", "/v1/products", permit=PUBLIC, etag=True, errors=(CategoryNotFound,))
def products(query: AskShelf) -> Page[CardView]:
    """List products that can be bought. · 在售商品列表

    A page of a category and those below it, or of all.
    """
    return browse.product_cards(query)


@endpoint(bp, "GET", "/v1/products/{product_id}", permit=PUBLIC, etag=True, errors=(ProductNotFound,))
def product(product_id: str) -> ProductPage:
    """Read a product page. · 商品详情页

    Media, spec table, SKU matrix with coarse availability.
    """
    return browse.product_page(product_id)


@endpoint(bp, "GET", "/v1/cart", permit="carts:edit", session=TOKEN)
def cart(caller: Caller) -> CartView:
    """Read your cart at today's prices. · 查看购物车（按当前价格）

    Every problem is named.
    """
    return cart_view(caller)


@endpoint(bp, "PUT", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(CartFull, SkuNotFound))
def put_item(sku: str, body: Pieces, work: Work) -> CartCount:
    """Set a cart line's quantity. · 设置购物车商品数量"""
    catalog.find_sku(sku, seen=True)
    return cart_count(carts.put_item(sku, body.quantity, work))


@endpoint(bp, "DELETE", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(SkuNotFound,))
def remove_item(sku: str, work: Work) -> CartCount:
    """Remove a SKU from the cart. · 从购物车移除 SKU"""
    catalog.find_sku(sku)
    return cart_count(carts.remove_item(sku, work))


@endpoint(bp, "POST", "/v1/cart/merge", permit="carts:merge", errors=(GuestNeeded, StaleCart), raced=(StaleCart,))
def merge(body: GuestCart, work: Work) -> MergedCart:
    """Merge a guest's cart into yours. · 合并访客购物车

    What you put in before you logged in; doing it twice changes nothing.
    """
    try:
        guest = identity.identify(body.guest_token, work.now)
    except Unauthenticated as unknown:
        raise GuestNeeded() from unknown
    return MergedCart(left_out=carts.merge(guest, work))
