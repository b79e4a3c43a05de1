"""What the storefront answers. Money is fen with its text; words come in Chinese and English, problems in the reader's."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import instant, iso, iso_or_none
from chalicelib.kernel.money import Fen, total
from chalicelib.processes.merchandising.offers.public import PublicOffer
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import Picture
from chalicelib.records.catalog.service import Snapshot, pictures
from chalicelib.records.catalog.service.categories import Tree, parent_of
from chalicelib.records.coupons.service.templates import Sheet
from chalicelib.records.identity.accounts.shapes import DeliveryView
from chalicelib.records.inventory import service as inventory
from chalicelib.records.orders.rules import refund_facet
from chalicelib.records.orders.service import Order
from chalicelib.records.orders.shapes import CostView, DeliveryService, OrderState, PromiseOutcome, RefundFacet, cost_of
from chalicelib.records.payments.service.attempts import Payment
from chalicelib.records.payments.shapes import PaymentState, ProductName, ProviderName
from chalicelib.records.pricing.shapes import OfferKindName, OfferLane
from chalicelib.runtime.http import Amount, Body, Instant, MaybePersonal, Url, View, amount
from chalicelib.runtime.http.kinds import EXACT
from chalicelib.runtime.http.shapes import SECRET, Paging
from chalicelib.runtime.memory import Memory

from .rules import LOW, availability
from .service.deals import Deals
from .service.orders import Described, OrderWhole

MOVING = frozenset({"created", "pending"})  # attempts whose outcome may come any moment
LOOK_AGAIN_SECONDS = 2
PAYING = "placed"


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


Availability = Literal["in_stock", "low", "sold_out", "off"]


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


class OfferView(View):
    """An offer that the product takes part in: what it gives, on which conditions, until when."""

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


class ClaimableView(View):
    """A coupon for the product that anyone may claim."""

    template_id: str
    name_zh: str
    name_en: str
    claim_to: Instant | None


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
    coupons: list[ClaimableView]
    policy: PolicyView


class GuestCart(Body):
    """The access token under which the guest's cart was filled."""

    guest_token: Annotated[
        str, Field(min_length=20, max_length=4096, examples=["the.guest's.access-token"]), EXACT, SECRET
    ]


class MergedCart(View):
    """SKUs that found no room; everything else of the guest's cart is in yours."""

    left_out: list[str]


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


def product_page(
    found: catalog.ProductWithSkus, levels: Mapping[str, inventory.StockLevel], deals: Deals
) -> ProductPage:
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
        offers=[_offer(one) for one in deals.offers],
        coupons=[_claimable(sheet) for sheet in deals.coupons],
        policy=PolicyView(
            no_reason_days=listing.policy.no_reason_days,
            exchange_days=listing.policy.exchange_days,
            warranty_months=listing.policy.warranty_months,
        ),
    )


def _offer(one: PublicOffer) -> OfferView:
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
    )


def _claimable(sheet: Sheet) -> ClaimableView:
    name, until = sheet.terms.document["name"], sheet.terms.claim_to
    return ClaimableView(
        template_id=sheet.id,
        name_zh=name["zh"],
        name_en=name["en"],
        claim_to=None if until is None else iso(instant(until)),
    )


def _matrix(found: catalog.ProductWithSkus, levels: Mapping[str, inventory.StockLevel], deals: Deals) -> list[SkuView]:
    cells = []
    for sku in found.skus:
        level = levels[sku.id]
        deal = deals.skus.get(sku.id)
        told = availability(on=catalog.on_sale(sku) and not level.closed, available=level.available)
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
                availability=told,
                left=min(LOW, level.available) if told == "low" else None,
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


class ListOrders(Paging):
    """Which of your orders: all, or those in one state."""

    state: (
        Literal["placed", "paid", "partly_shipped", "shipped", "delivered", "cancelled", "expired", "annulled"] | None
    ) = None


class OrderLine(CostView):
    """A line as it was bought; title, options and picture are those of that time."""

    sku: str
    title_zh: str
    title_en: str
    options_zh: list[str]
    options_en: list[str]
    picture: Url | None
    no_reason_days: int | None


class OrderPayment(View):
    """An attempt to pay the order. `late`: its money came when the order could not wait for it any more, and revived it or
    goes back; `given_back` is what has gone back."""

    id: str
    provider: ProviderName
    product: ProductName
    state: PaymentState
    amount: Amount
    created_at: Instant
    expires_at: Instant
    paid_at: Instant | None
    late: bool
    given_back: Amount


class OrderSummary(View):
    """An order in the customer's list. `service` is how it is sent, `promised_at` until when it is promised to arrive, `promise`
    whether that was kept or broken; null as long as nobody knows."""

    order_id: str
    state: OrderState
    refund: RefundFacet
    lines: list[OrderLine]
    freight: Amount
    payable: Amount
    refunded: Amount
    placed_at: Instant
    pay_before: Instant | None
    paid_at: Instant | None
    service: DeliveryService
    promised_at: Instant | None
    promise: PromiseOutcome | None


class OrderDetail(OrderSummary):
    """An order whole: its `goods` at their prices, less `discount` and what `points` pay, with the freight, are `payable`.
    `Retry-After` says when to look again while a payment is under way."""

    goods: Amount
    discount: Amount
    points: Amount
    delivery: DeliveryView | None
    remark: MaybePersonal
    payments: list[OrderPayment]

    @property
    def retry_after(self) -> int | None:
        """Seconds until it is worth asking again, while the order waits for money that may be coming."""
        waiting = self.state == PAYING and any(payment.state in MOVING for payment in self.payments)
        return LOOK_AGAIN_SECONDS if waiting else None


def order_summary(order: Order, described: Described) -> OrderSummary:
    return OrderSummary(**_summary(order, described))


def order_detail(whole: OrderWhole) -> OrderDetail:
    order, bill = whole.order, whole.order.bill
    return OrderDetail(
        **_summary(order, whole.described),
        goods=amount(total([line.gross for line in bill.lines])),
        discount=amount(total([line.off for line in bill.lines])),
        points=amount(bill.points.fen),
        remark=whole.remark,
        delivery=None
        if whole.delivery is None
        else DeliveryView(address_id=order.address or "", **whole.delivery._asdict()),
        payments=[_payment(payment) for payment in whole.payments],
    )


def _summary(order: Order, described: Described) -> dict[str, Any]:
    bill = order.bill
    return {
        "order_id": order.id,
        "state": order.state,
        "payable": amount(order.payable),
        "refund": refund_facet(order.payable, order.refunded or Fen(0)),
        "refunded": amount(order.refunded or Fen(0)),
        "freight": amount(bill.freight),
        "placed_at": iso(order.placed_at),
        "paid_at": iso_or_none(order.paid_at),
        "pay_before": iso(order.pay_before) if order.state == PAYING else None,
        "service": bill.service or "standard",
        "promised_at": iso(instant(bill.promised)) if bill.promised else None,
        "promise": order.promise,
        "lines": [
            OrderLine(
                sku=line.sku,
                **cost_of(line, bill),
                **_described(line.sku, described.get((line.sku, line.version))),
            )
            for line in bill.lines
        ],
    }


def _described(sku: str, snapshot: Snapshot | None) -> dict[str, Any]:
    if snapshot is None:  # a version is never deleted; should one be missing, the order still shows what was paid
        return {
            "title_zh": sku,
            "title_en": sku,
            "options_zh": [],
            "options_en": [],
            "picture": None,
            "no_reason_days": None,
        }
    return {
        "title_zh": snapshot.title.zh,
        "title_en": snapshot.title.en,
        "options_zh": [words.zh for words in snapshot.options],
        "options_en": [words.en for words in snapshot.options],
        "picture": pictures.url(snapshot.picture) if snapshot.picture else None,
        "no_reason_days": snapshot.policy.no_reason_days,
    }


def _payment(payment: Payment) -> OrderPayment:
    return OrderPayment(
        id=payment.id,
        provider=payment.provider,
        product=payment.product,
        state=payment.state,
        amount=amount(payment.amount),
        created_at=iso(payment.created_at),
        expires_at=iso(payment.expires_at),
        paid_at=iso_or_none(payment.paid_at),
        late=bool(payment.late),
        given_back=amount(payment.returned or Fen(0)),
    )
