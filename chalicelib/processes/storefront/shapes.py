"""What the storefront answers. Money is fen with its text; words come in Chinese and English, problems in the reader's."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel.money import Fen
from chalicelib.processes.merchandising.offers.public import NamedGoods, PublicOffer
from chalicelib.processes.ordering.service.carriage import carriage
from chalicelib.processes.ordering.service.make_quote import most_lines
from chalicelib.processes.ordering.service.quotes import quote_minutes
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import MOST_PIECES
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import Picture
from chalicelib.records.catalog.service import pictures
from chalicelib.records.catalog.service.categories import Tree, parent_of
from chalicelib.records.catalog.titles.shapes import TitledView, title_of
from chalicelib.records.coupons.shapes import AvailableCoupon, available_coupon
from chalicelib.records.identity.accounts.rules import MOST_ADDRESSES
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.shapes import Availability, stock_of
from chalicelib.records.orders import service as orders
from chalicelib.records.pricing.shapes import OfferKindName, OfferLane
from chalicelib.runtime.http import Amount, Body, Instant, Url, View, amount
from chalicelib.runtime.http.kinds import EXACT
from chalicelib.runtime.http.shapes import SECRET
from chalicelib.runtime.memory import Memory

from .service.browse import ShownProduct
from .service.deals import Deals


class CategoryNode(View):
    """A category with those below it; products of all of them stand in its list."""

    id: str
    name_zh: str
    name_en: str
    children: "list[CategoryNode]"


class CategoriesView(View):
    """The category tree."""

    items: list[CategoryNode]


class MediaView(View):
    """A picture or video: where it is, and where there are any its double size, WebP and cover, and a blur hash to draw until
    it is there."""

    kind: Literal["image", "video"]
    url: Url
    url_2x: Url | None
    url_webp: Url | None
    cover: Url | None
    blur: str | None


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


class SkuView(View):
    """One cell of the SKU matrix. `deal_price` is what a piece costs while `deal_offer` holds, `former_price` what may be
    struck through beside it. `left` is told only when little is left."""

    sku: str
    options: dict[str, str]
    price: Amount
    list_price: Amount | None
    deal_price: Amount | None
    deal_offer: str | None
    former_price: Amount | None
    picture: Url | None
    availability: Availability
    left: int | None
    ships_by: Instant | None = Field(
        description="by when what is not there yet is sent, where it can be bought all the same"
    )


class NamedSku(TitledView):
    """A SKU that an offer names, and what it costs by itself."""

    sku: str
    price: Amount


class OfferGoods(View):
    """Goods that an offer has to do with beside those it covers: what is given, may be added at `price`, is got for what is
    bought, is part of a group, or must be bought, too. SKUs that are not shown to anybody are left out."""

    role: Literal["gift", "substitute", "add_on", "get", "part", "basket_has"]
    all: bool
    skus: list[NamedSku]
    products: list[str]
    categories: list[str]
    price: Amount | None


class OfferView(View):
    """An offer that the product takes part in: what it gives, on which conditions, until when. `left` of its `quota` is what
    there was some seconds ago."""

    id: str
    lane: OfferLane
    kind: OfferKindName
    name_zh: str
    name_en: str
    gives_zh: str
    gives_en: str
    conditions_zh: list[str]
    conditions_en: list[str]
    starts_at: Instant
    ends_at: Instant | None
    per_person: int | None
    quota: int | None
    left: int | None
    goods: list[OfferGoods]


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
    offers: list[OfferView]
    coupons: list[AvailableCoupon]
    policy: PolicyView


class GuestCart(Body):
    """The access token under which the guest's cart was filled."""

    guest_token: Annotated[
        str, Field(min_length=20, max_length=4096, examples=["the.guest's.access-token"]), EXACT, SECRET
    ]


_shown: Memory[str, tuple[Tree, CategoriesView]] = Memory(1)


def category_tree(tree: Tree) -> CategoriesView:
    """All categories as a tree, neighbours by rank; made once of what is remembered of them."""
    made, shown = _shown.get("tree") or (None, None)
    if shown is None or made is not tree:
        shown = _tree_view(tree)
        _shown.put("tree", (tree, shown))
    return shown


def _tree_view(tree: Tree) -> CategoriesView:
    rows = tree.rows
    below: dict[str, list[str]] = {}
    for row in rows.values():
        below.setdefault(parent_of(row), []).append(row.id)

    def node(category: str) -> CategoryNode:
        row = rows[category]
        children = [node(child) for child in below.get(category, ())]
        return CategoryNode(id=row.id, name_zh=row.name_zh, name_en=row.name_en, children=children)

    return CategoriesView(items=[node(root) for root in below.get("", ())])


def url_of(picture: str | None) -> str | None:
    """Where a picture is to be had."""
    return None if picture is None else pictures.url(picture)


def product_page(page: ShownProduct) -> ProductPage:
    found, levels, deals, named = page
    product, listing = found.product, found.listing
    matrix = _matrix(found, levels, deals)
    prices = sorted(cell.price.fen for cell in matrix if cell.availability != "off")
    return ProductPage(
        id=product.id,
        version=product.version,
        on_sale=bool(prices),
        title_zh=listing.title.zh,
        title_en=listing.title.en,
        summary_zh=listing.summary.zh,
        summary_en=listing.summary.en,
        brand_zh=listing.brand.zh,
        brand_en=listing.brand.en,
        category=listing.category,
        categories=found.places,
        media=_media(listing.pictures),
        specs=[
            SpecView(
                key=spec.key, name_zh=spec.name.zh, name_en=spec.name.en, value_zh=spec.value.zh, value_en=spec.value.en
            )
            for spec in found.specs
        ],
        axes=[
            AxisView(
                key=axis.key,
                name_zh=axis.words.zh,
                name_en=axis.words.en,
                values=[ValueView(key=value.key, zh=value.words.zh, en=value.words.en) for value in axis.values],
            )
            for axis in listing.axes
        ],
        skus=matrix,
        price=amount(prices[0]) if prices else None,
        highest=amount(prices[-1]) if prices and prices[-1] > prices[0] else None,
        offers=[_offer(one, named) for one in deals.offers],
        coupons=[available_coupon(sheet) for sheet in deals.coupons],
        policy=PolicyView(
            no_reason_days=listing.policy.no_reason_days,
            exchange_days=listing.policy.exchange_days,
            warranty_months=listing.policy.warranty_months,
        ),
    )


def _offer(one: PublicOffer, named: Mapping[str, catalog.Sku]) -> OfferView:
    return OfferView(
        id=one.id,
        lane=one.lane,
        kind=one.kind,
        name_zh=one.name.zh,
        name_en=one.name.en,
        gives_zh=one.gives.zh,
        gives_en=one.gives.en,
        conditions_zh=[words.zh for words in one.conditions],
        conditions_en=[words.en for words in one.conditions],
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        per_person=one.per_person,
        quota=one.quota,
        left=one.left,
        goods=[_goods(goods, named) for goods in one.goods],
    )


def _goods(goods: NamedGoods, named: Mapping[str, catalog.Sku]) -> OfferGoods:
    rows = [named[sku] for sku in goods.skus if sku in named]
    return OfferGoods.model_validate(
        {
            "role": goods.role,
            "all": goods.all,
            "skus": [NamedSku(sku=row.id, **title_of(*catalog.titled(row)), price=amount(row.price)) for row in rows],
            "products": goods.products,
            "categories": goods.categories,
            "price": None if goods.price_fen is None else amount(Fen(goods.price_fen)),
        }
    )


def _matrix(found: catalog.ProductWithSkus, levels: Mapping[str, inventory.StockLevel], deals: Deals) -> list[SkuView]:
    cells = []
    for sku in found.skus:
        level = levels[sku.id]
        deal = deals.skus.get(sku.id)
        cells.append(
            SkuView(
                sku=sku.id,
                options=json.loads(sku.options),
                price=amount(sku.price),
                list_price=None if sku.list_price is None else amount(sku.list_price),
                deal_price=None if deal is None else amount(deal.price),
                deal_offer=None if deal is None else deal.offer,
                former_price=None if deal is None or deal.former is None else amount(deal.former),
                picture=url_of(sku.picture),
                **stock_of(level, on=catalog.on_sale(sku)),
            )
        )
    return cells


def _media(held: Sequence[Picture]) -> list[MediaView]:
    return [
        MediaView(
            kind=picture.kind,
            url=pictures.url(picture.small),
            url_2x=url_of(picture.large),
            url_webp=url_of(picture.webp),
            cover=url_of(picture.cover),
            blur=picture.blur,
        )
        for picture in held
    ]


class ShopView(View):
    """How the shop is set. `free_freight_from`: goods after discounts from which sending them is free (null: never);
    `pay_minutes` to pay an order, `quote_minutes` for which a quote is honoured; at most so many different SKUs in a
    cart and an order, pieces of one, and addresses."""

    free_freight_from: Amount | None
    pay_minutes: int
    quote_minutes: int
    cart_lines: int
    order_lines: int
    line_quantity: int
    addresses: int


def shop_view() -> ShopView:
    free_from = carriage([], None).tariffs.default.free_from
    return ShopView(
        free_freight_from=None if free_from is None else amount(free_from),
        pay_minutes=orders.pay_minutes(),
        quote_minutes=quote_minutes(),
        cart_lines=carts.most_lines(),
        order_lines=most_lines(),
        line_quantity=MOST_PIECES,
        addresses=MOST_ADDRESSES,
    )
