"""The one door of carts that needs nothing but the cart, for guests and customers alike; the others are the storefront's."""

from chalice.app import Blueprint

from chalicelib.runtime.http import TOKEN, endpoint
from chalicelib.runtime.work import Work

from . import service
from .rules import CartLineNotFound
from .shapes import CartCount, Selection, cart_count

bp = Blueprint(__name__)


@endpoint(bp, "PUT", "/v1/cart/selection", permit="carts:edit", session=TOKEN, errors=(CartLineNotFound,))
def choose(body: Selection, work: Work) -> CartCount:
    """Select or deselect cart lines. · 勾选或取消勾选购物车商品"""
    return cart_count(service.choose(body.skus, body.selected, work))
