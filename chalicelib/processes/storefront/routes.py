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
    """The category tree; a change is shown within ten seconds."""
    return browse.category_tree()


@endpoint(bp, "GET", "/v1/products", permit=PUBLIC, etag=True, errors=(CategoryNotFound,))
def products(query: AskShelf) -> Page[CardView]:
    """A page of products that can be bought, of a category and those below it, or all."""
    return browse.product_cards(query)


@endpoint(bp, "GET", "/v1/products/{product_id}", permit=PUBLIC, etag=True, errors=(ProductNotFound,))
def product(product_id: str) -> ProductPage:
    """A product page: media, spec table, SKU matrix with coarse availability."""
    return browse.product_page(product_id)


@endpoint(bp, "GET", "/v1/cart", permit="carts:edit", session=TOKEN)
def cart(caller: Caller) -> CartView:
    """Your cart at today's prices, with every problem named."""
    return cart_view(caller)


@endpoint(bp, "PUT", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(CartFull, SkuNotFound))
def put_item(sku: str, body: Pieces, work: Work) -> CartCount:
    """Have so many pieces of a SKU in the cart."""
    catalog.find_sku(sku, seen=True)
    return cart_count(carts.put_item(sku, body.quantity, work))


@endpoint(bp, "DELETE", "/v1/cart/items/{sku}", permit="carts:edit", session=TOKEN, errors=(SkuNotFound,))
def remove_item(sku: str, work: Work) -> CartCount:
    """Take a SKU out of the cart."""
    catalog.find_sku(sku)
    return cart_count(carts.remove_item(sku, work))


@endpoint(bp, "POST", "/v1/cart/merge", permit="carts:merge", errors=(GuestNeeded, StaleCart), raced=(StaleCart,))
def merge(body: GuestCart, work: Work) -> MergedCart:
    """Take over what you put into the cart before you logged in; doing it twice changes nothing."""
    try:
        guest = identity.identify(body.guest_token, work.now)
    except Unauthenticated as unknown:
        raise GuestNeeded() from unknown
    return MergedCart(left_out=carts.merge(guest, work))
