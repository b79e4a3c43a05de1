"""What the cart answers: its lines at today's price with every problem, gifts, and what every offer has to say."""

from chalicelib.kernel.bill import GIFT, QuoteLine
from chalicelib.processes.ordering.service.price_basket import Wares
from chalicelib.processes.ordering.shapes import OfferTold, offers_told
from chalicelib.records.carts.service import CartSize
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import Text, product_of
from chalicelib.records.catalog.service.reading import Titled
from chalicelib.records.catalog.titles.shapes import TitledView, title_of
from chalicelib.records.coupons.shapes import AvailableCoupon, available_coupon
from chalicelib.records.inventory.shapes import Availability, stock_of
from chalicelib.records.pricing.rules.price import Purchase, price
from chalicelib.runtime.http import Amount, Instant, Url, View, amount

from ..service.cart_view import PricedCart, PricedCartLine
from ..shapes import url_of

NAMELESS = Titled(Text("", ""), ())  # of a SKU that is gone
NOTHING = price(Purchase([]))  # what an empty cart costs


class ProblemView(View):
    """Why a line cannot be bought as it is. LINE_OFF_SALE, SALE_STOPPED, OUT_OF_STOCK (with what is left), CART_FULL."""

    code: str
    title: str
    left: int | None


class CartLineView(TitledView):
    """A line of the cart at today's price. A line with problems stays, and does not count in the totals. `left` is told only
    when little is left."""

    sku: str
    product: str
    picture: Url | None
    quantity: int
    selected: bool
    unit: Amount | None
    discount: Amount | None
    payable: Amount | None
    availability: Availability
    left: int | None
    ships_by: Instant | None
    problems: list[ProblemView]


class GiftLineView(TitledView):
    """Pieces that come for nothing with what is selected, and what they are worth."""

    sku: str
    picture: Url | None
    quantity: int
    value: Amount


class CartView(View):
    """The cart, and what its selected lines cost now; a quote makes it binding. `discount` is what is off all of them, `offers`
    say what holds, and what does not and why; coupons are chosen with the quote, and `coupons` can be claimed for it."""

    lines: list[CartLineView]
    gifts: list[GiftLineView]
    pieces: int
    selected_pieces: int
    goods: Amount
    discount: Amount
    freight: Amount
    payable: Amount
    to_free_freight: Amount | None
    offers: list[OfferTold]
    coupons: list[AvailableCoupon]
    can_quote: bool


class CartAnswer(View):
    """What a change of the cart answers; `cart` is the whole of it where `Prefer: return=representation` asks for it."""

    cart: CartView | None = None


class CartChanged(CartAnswer):
    """What the cart holds after a change."""

    lines: int
    pieces: int


class MergedCart(CartAnswer):
    """SKUs that found no room; everything else of the guest's cart is in yours."""

    left_out: list[str]


def cart_changed(size: CartSize) -> CartChanged:
    return CartChanged(lines=size.lines, pieces=size.pieces)


def cart_view(cart: PricedCart, language: str) -> CartView:
    priced = cart.basket.priced if cart.basket is not None else NOTHING
    return CartView(
        lines=[_cart_line(line, language) for line in cart.lines],
        gifts=[_gift_line(line, cart.shelf) for line in priced.lines if line.kind == GIFT],
        pieces=sum(one.line.quantity for one in cart.lines),
        selected_pieces=cart.selected_pieces,
        goods=amount(priced.goods),
        discount=amount(priced.off),
        freight=amount(priced.freight),
        payable=amount(priced.payable),
        to_free_freight=None if cart.to_free is None else amount(cart.to_free),
        offers=offers_told(cart.basket.outcomes if cart.basket is not None else ()),
        coupons=[available_coupon(sheet) for sheet in cart.claimable],
        can_quote=cart.can_quote,
    )


def _gift_line(line: QuoteLine, shelf: Wares) -> GiftLineView:
    row = shelf.rows[line.sku]
    return GiftLineView(
        sku=line.sku,
        **title_of(*catalog.titled(row)),
        picture=url_of(row.picture),
        quantity=line.quantity,
        value=amount(line.value),
    )


def _cart_line(one: PricedCartLine, language: str) -> CartLineView:
    line, sku = one.line, one.sku
    return CartLineView(
        sku=line.sku,
        product=product_of(line.sku),
        **title_of(*(catalog.titled(sku) if sku is not None else NAMELESS)),
        picture=url_of(sku.picture) if sku is not None else None,
        quantity=line.quantity,
        selected=line.selected,
        unit=None if sku is None else amount(sku.price),
        discount=None if sku is None else amount(one.discount),
        payable=None if sku is None else amount(sku.price * line.quantity - one.discount),
        **stock_of(one.level, on=catalog.offered(sku)),
        problems=[
            ProblemView(code=problem.code, title=problem.message(language), left=problem.params.get("left"))
            for problem in one.problems
        ],
    )
