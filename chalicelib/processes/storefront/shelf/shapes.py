"""What is asked of a shelf, and what it shows."""

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.records.catalog.service import ListEntry, pictures
from chalicelib.records.search.rules import LONGEST_QUERY, SearchEntry
from chalicelib.runtime.http import Amount, Page, Url, View, amount
from chalicelib.runtime.http.kinds import EXACT, WHOLE, Exact, Line, Whole
from chalicelib.runtime.http.shapes import Paging

from .service import Wish

LARGEST_PAGE = 30  # cards: a list answers 20 KB at most
DEAREST = 100_000_000
Fen = Annotated[int, Field(ge=0, le=DEAREST), WHOLE]
VALUE = "[a-z][a-z0-9_]{0,31}:[a-z0-9_-]{1,32}"


class AskShelf(Paging):
    """Which products to list: of a category and those below it, or all; with `q`, those whose title, brand, category or SKU
    code has its words. The order is by fit where there are words, else the newest first."""

    q: Line | None = Field(default=None, max_length=LONGEST_QUERY, examples=["纯棉T恤"])
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
        )


class ProductEntry(View):
    """A product in a list; it costs from `price` up."""

    id: str
    title_zh: str
    title_en: str
    picture: Url | None
    price: Amount
    highest: Amount | None


class ProductList(Page[ProductEntry]):
    """A page of products; `total` says how many there are where words or filters were asked for, else it is null."""

    total: int | None = None


def product_entry(entry: ListEntry | SearchEntry) -> ProductEntry:
    return ProductEntry(
        id=entry.product,
        title_zh=entry.title_zh,
        title_en=entry.title_en,
        picture=None if entry.picture is None else pictures.url(entry.picture),
        price=amount(entry.price),
        highest=None if entry.highest is None else amount(entry.highest),
    )
