"""What the storefront answers. Money is fen with its text; words come in Chinese and English, problems in the reader's."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.runtime.http import Amount, Body, View
from chalicelib.runtime.http.kinds import EXACT, Exact, Whole
from chalicelib.runtime.http.shapes import SECRET, Paging

LARGEST_PAGE = 30  # cards: a list answers 20 KB at most


class CategoryNode(View):
    """A category with those below it; products of all of them stand in its list."""

    id: str
    name_zh: str
    name_en: str
    children: "list[CategoryNode]"


class CategoriesView(View):
    """The category tree."""

    items: list[CategoryNode]


class AskShelf(Paging):
    """Which products to list: of a category and those below it, or all."""

    category: Exact = Field(default="", max_length=40)
    sort: Literal["newest", "price", "price_down"] = "newest"
    limit: Whole = Field(default=20, ge=1, le=LARGEST_PAGE)


class CardView(View):
    """A product in a list; it costs from `price` up."""

    id: str
    title_zh: str
    title_en: str
    picture: str | None
    price: Amount
    highest: Amount | None


class MediaView(View):
    """A picture or video: where it is, and where there are any its double size, WebP and cover."""

    kind: Literal["image", "video"]
    url: str
    url_2x: str | None
    url_webp: str | None
    cover: str | None


class SpecView(View):
    """A line of the spec table."""

    key: str
    name_zh: str
    name_en: str
    value_zh: str
    value_en: str


class ValueView(View):
    """A value of an option axis."""

    key: str
    zh: str
    en: str


class AxisView(View):
    """An option axis, such as the colour."""

    key: str
    name_zh: str
    name_en: str
    values: list[ValueView]


Availability = Literal["in_stock", "low", "sold_out", "off"]


class SkuView(View):
    """One cell of the SKU matrix. `left` is told only when little is left."""

    sku: str
    options: dict[str, str]
    price: Amount
    list_price: Amount | None
    picture: str | None
    availability: Availability
    left: int | None


class PolicyView(View):
    """What a buyer may do afterwards."""

    no_reason_days: int
    exchange_days: int
    warranty_months: int


class ProductPage(View):
    """A product page, whole. Off the shelf it is still shown, with nothing to buy."""

    id: str
    version: int
    on_sale: bool
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    brand_zh: str
    brand_en: str
    category: str
    categories: list[str]
    media: list[MediaView]
    specs: list[SpecView]
    axes: list[AxisView]
    skus: list[SkuView]
    price: Amount | None
    highest: Amount | None
    policy: PolicyView


class ProblemView(View):
    """Why a line cannot be bought as it is. LINE_OFF_SALE, SALE_STOPPED, OUT_OF_STOCK (with what is left), CART_FULL."""

    code: str
    title: str
    left: int | None


class CartLineView(View):
    """A line of the cart at today's price. A line with problems stays, and does not count in the totals."""

    sku: str
    product: str
    title_zh: str
    title_en: str
    picture: str | None
    quantity: int
    selected: bool
    unit: Amount | None
    discount: Amount | None
    payable: Amount | None
    available: int
    problems: list[ProblemView]


class CartView(View):
    """The cart, and what its selected lines cost now; a quote makes it binding."""

    lines: list[CartLineView]
    pieces: int
    selected_pieces: int
    goods: Amount
    freight: Amount
    payable: Amount
    to_free_freight: Amount | None
    can_quote: bool


class GuestCart(Body):
    """The access token under which the guest's cart was filled."""

    guest_token: Annotated[
        str, Field(min_length=20, max_length=4096, examples=["the.guest's.access-token"]), EXACT, SECRET
    ]


class MergedCart(View):
    """SKUs that found no room; everything else of the guest's cart is in yours."""

    left_out: list[str]
