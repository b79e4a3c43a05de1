"""The shop window: what anyone may see, the cart of whoever asks, and a customer's own orders."""

from chalice.app import Blueprint

from chalicelib.kernel.errors import Unauthenticated
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import CartFull, CartLineNotFound, GuestNeeded, StaleCart
from chalicelib.records.carts.shapes import Pieces, Selection
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import CategoryNotFound, ProductNotFound, SkuNotFound
from chalicelib.records.catalog.service import categories as category_rows
from chalicelib.records.identity.access import service as identity
from chalicelib.records.orders.rules import OrderNotFound
from chalicelib.records.search.rules import QueryUnclear
from chalicelib.runtime import world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import PUBLIC, TOKEN, Page, endpoint
from chalicelib.runtime.work import Work

from .cart.shapes import CartAnswer, CartChanged, CartView, MergedCart, cart_changed, cart_view
from .orders.shapes import ListOrders, OrderCounts, OrderDetail, OrderSummary, order_detail, order_summary
from .service import browse, filling, orders
from .service.cart_view import priced_cart
from .shapes import (
    CategoriesView,
    GuestCart,
    ProductPage,
    ShopView,
    category_tree,
    product_page,
    shop_view,
)
from .shelf import service as shelf
from .shelf.shapes import AskShelf, ProductList, product_entry

bp = Blueprint(__name__)


@endpoint(bp, "GET", "/v1/shop", permit=PUBLIC, etag=True)
def read_shop() -> ShopView:
    """Read how the shop is set. · 商城设置

    Free freight, minutes to pay, limits: what a front end would otherwise write down by itself.
    """
    return shop_view()


@endpoint(bp, "GET", "/v1/categories", permit=PUBLIC, etag=True)
def categories() -> CategoriesView:
    """List the category tree. · 类目树

    A change is shown within ten seconds.
    """
    return category_tree(category_rows.tree())


@endpoint(bp, "GET", "/v1/products", permit=PUBLIC, etag=True, errors=(CategoryNotFound, QueryUnclear))
def products(query: AskShelf) -> ProductList:
    """List and search products that can be bought. · 在售商品列表与搜索

    A page of a category and those below it, or of all. `q` looks in titles, brands, category names and SKU codes: Chinese by
    pairs of characters, simplified and traditional alike, other scripts by the beginning of a word. An edit is found within
    ten seconds.
    """
    found = shelf.show(query.wish(), query.limit, query.cursor)
    deals, offers = shelf.deals(found.entries, world.now()), shelf.taking_part(found.entries, world.now())
    items = [product_entry(entry, deals.get(entry.product), offers[entry.product]) for entry in found.entries]
    return ProductList(items=items, next=found.following, total=found.total)


@endpoint(bp, "GET", "/v1/products/{product_id}", permit=PUBLIC, etag=True, errors=(ProductNotFound,))
def product(product_id: str) -> ProductPage:
    """Read a product page. · 商品详情页

    Media, spec table, SKU matrix with coarse availability, the price that holds now, coupons, and offers with the
    goods that they name.
    """
    return product_page(browse.product_page(product_id, world.now()))


@endpoint(bp, "GET", "/v1/cart", permit="carts:edit", session=TOKEN)
def cart(caller: Caller) -> CartView:
    """Read your cart at today's prices. · 查看购物车（按当前价格）

    Every problem is named.
    """
    return cart_view(priced_cart(caller, world.now()), caller.language)


def _with_cart(told: CartAnswer, caller: Caller) -> CartAnswer:
    """What a change of the cart answers, with the cart as it stands now."""
    return told.model_copy(update={"cart": cart_view(priced_cart(caller, world.now()), caller.language)})


@endpoint(
    bp,
    "PUT",
    "/v1/cart/items/{sku}",
    permit="carts:edit",
    session=TOKEN,
    errors=(CartFull, SkuNotFound),
    whole=_with_cart,
)
def put_item(sku: str, body: Pieces, work: Work) -> CartChanged:
    """Set a cart line's quantity. · 设置购物车商品数量"""
    catalog.find_sku(sku, seen=True)
    return cart_changed(filling.put_item(sku, body.quantity, work))


@endpoint(
    bp, "DELETE", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(SkuNotFound,), whole=_with_cart
)
def remove_item(sku: str, work: Work) -> CartChanged:
    """Remove a SKU from the cart. · 从购物车移除 SKU"""
    catalog.find_sku(sku)
    return cart_changed(carts.remove_item(sku, work))


@endpoint(
    bp, "PUT", "/v1/cart/selection", permit="carts:edit", session=TOKEN, errors=(CartLineNotFound,), whole=_with_cart
)
def choose(body: Selection, work: Work) -> CartChanged:
    """Select or deselect cart lines, or all. · 勾选或取消勾选购物车商品，或全选"""
    return cart_changed(carts.choose(body.skus, body.selected, work))


@endpoint(
    bp,
    "POST",
    "/v1/cart/merge",
    permit="carts:merge",
    errors=(GuestNeeded, StaleCart),
    raced=(StaleCart,),
    whole=_with_cart,
)
def merge(body: GuestCart, work: Work) -> MergedCart:
    """Merge a guest's cart into yours. · 合并访客购物车

    What you put in before you logged in; doing it twice changes nothing.
    """
    try:
        guest = identity.identify(body.guest_token, work.now)
    except Unauthenticated as unknown:
        raise GuestNeeded() from unknown
    return MergedCart(left_out=filling.merge(guest, work))


@endpoint(bp, "GET", "/v1/orders", permit="orders:read")
def list_orders(query: ListOrders, caller: Caller) -> Page[OrderSummary]:
    """List your orders, newest first. · 我的订单，按时间倒序

    A page of one state may be short and still have a next one.
    """
    found, described, more = orders.listed(caller.id, query.state, query.limit, query.cursor)
    return Page[OrderSummary](items=[order_summary(order, described, world.now()) for order in found], next=more)


@endpoint(bp, "GET", "/v1/orders/counts", permit="orders:read")
def count_orders(caller: Caller) -> OrderCounts:
    """Count your orders by state. · 各状态订单数量

    The newest thousand are counted; `more` says that there are older ones.
    """
    states, more = orders.counted(caller.id)
    return OrderCounts(**states, counted=sum(states.values()), more=more)


@endpoint(bp, "GET", "/v1/orders/{order_id}", permit="orders:read", errors=(OrderNotFound,))
def read_order(order_id: str, caller: Caller) -> OrderDetail:
    """Read an order with its lines and payments. · 订单详情，含商品与支付

    Its lines are as they were described when you bought them.
    """
    return order_detail(orders.detail(order_id, caller.id), world.now())
