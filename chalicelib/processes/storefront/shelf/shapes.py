"""What is asked of a shelf, and what it shows."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.kernel.ids import ULID
from chalicelib.records.catalog.service import ListEntry, pictures
from chalicelib.records.inventory.rules import IN_STOCK
from chalicelib.records.inventory.shapes import Availability
from chalicelib.records.pricing.rules.offers import Offer
from chalicelib.records.search.rules import LONGEST_QUERY, SearchEntry
from chalicelib.runtime.http import Amount, Page, Url, View, amount
from chalicelib.runtime.http.kinds import EXACT, WHOLE, Exact, Line, Whole
from chalicelib.runtime.http.shapes import Paging

from ..service.deals import SkuDeal
from .service import Wish

LARGEST_PAGE = 20  # cards: a list answers 20 KB at most
DEAREST = 100_000_000
Fen = Annotated[int, Field(ge=0, le=DEAREST), WHOLE]
VALUE = "[a-z][a-z0-9_]{0,31}:[a-z0-9_-]{1,32}"


class AskShelf(Paging):
    """Which products to list: of a category and those below it, or all; with `q`, those whose title, brand, category or SKU
    code, barcode or id has its words. The order is by fit where there are words, else the newest first."""

    q: Line | None = Field(default=None, max_length=LONGEST_QUERY, examples=["长绒棉T恤"])
    category: Exact = Field(default="", max_length=40)
    brand: Line = Field(default="", max_length=40, description="a brand's name, in either language")
    price_from: Fen | None = Field(default=None, description="fen")
    price_to: Fen | None = Field(default=None, description="fen")
    attributes: Annotated[str, Field(max_length=300, pattern=f"^({VALUE}(,{VALUE})*)?$"), EXACT] = Field(
        default="", description="what its category asks for, `season:summer,lined:true`", examples=["season:summer"]
    )
    in_stock: Literal["true", "false"] = "false"
    sort: Literal["best", "newest", "price", "price_down"] | None = None
    limit: Whole = Field(default=20, ge=1, le=LARGEST_PAGE)
    ids: Annotated[str, Field(max_length=600, pattern=f"^(P{ULID}(,P{ULID}){{0,{LARGEST_PAGE - 1}}})?$"), EXACT] = (
        Field(
            default="",
            description="just these products, in this order; whatever else is asked is not looked at",
            examples=["P01JZ0000000000000000000000"],
        )
    )

    def wish(self) -> Wish:
        return Wish(
            self.q,
            self.category,
            self.brand,
            self.price_from,
            self.price_to,
            tuple(sorted({tuple(one.split(":", 1)) for one in self.attributes.split(",") if one})),  # type: ignore[misc]  # the pattern says two
            self.in_stock == "true",
            self.sort or ("newest" if self.q is None else "best"),
            tuple(dict.fromkeys(filter(None, self.ids.split(",")))),
        )


class OfferNamed(View):
    """An offer that a product takes part in; its page says more."""

    id: str
    name_zh: str
    name_en: str


class ProductEntry(View):
    """A product in a list; it costs from `price` up, `list_price` is that of its cheapest SKU. `availability` is what can
    best be had of it, as of some seconds ago; summaries are cut. `deal_price` is the lowest while `deal_offer` holds,
    `former_price` what may be struck through beside it; `offers` are the first three that it takes part in."""

    id: str
    category: str
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    picture: Url | None
    price: Amount
    highest: Amount | None
    list_price: Amount | None
    deal_price: Amount | None
    deal_offer: str | None
    former_price: Amount | None
    offers: list[OfferNamed]
    availability: Availability


class ProductList(Page[ProductEntry]):
    """A page of products; `total` says how many there are in all. It is null for a list of a category or of everything that
    goes on over pages: the catalogue lists those page by page, and counting them would read them all."""

    total: int | None = None


def product_entry(entry: ListEntry | SearchEntry, deal: SkuDeal | None, offers: Sequence[Offer]) -> ProductEntry:
    return ProductEntry(
        id=entry.product,
        category=entry.category or "",
        title_zh=entry.title_zh,
        title_en=entry.title_en,
        summary_zh=entry.summary_zh or "",
        summary_en=entry.summary_en or "",
        picture=None if entry.picture is None else pictures.url(entry.picture),
        price=amount(entry.price),
        highest=None if entry.highest is None else amount(entry.highest),
        list_price=None if entry.list_price is None else amount(entry.list_price),
        deal_price=None if deal is None else amount(deal.price),
        deal_offer=None if deal is None else deal.offer,
        former_price=None if deal is None or deal.former is None else amount(deal.former),
        offers=[OfferNamed(id=one.id, name_zh=one.zh, name_en=one.en) for one in offers],
        availability=entry.stock or IN_STOCK,
    )
