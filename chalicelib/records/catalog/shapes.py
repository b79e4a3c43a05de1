"""What the shop's own people send and see of the catalogue. A listing and an article are replaced whole."""

from typing import Annotated, Any, Literal, cast

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.kernel.ids import ULID
from chalicelib.runtime.http import Amount, Body, Instant, Url, View, amount, one_of
from chalicelib.runtime.http.kinds import EXACT, WORDS, CategoryText, Exact, Prose, Words
from chalicelib.runtime.http.shapes import Paging

from . import packing
from .model import Category, PriceChange, Product, Upload
from .picture_rules import LARGEST, Kind
from .rules import MOST_AXES, PRODUCT, Listing, SkuData
from .service import pictures
from .service.categories import Named
from .service.editing import Outcome
from .service.reading import Misfit, ProductWithSkus, on_sale

Key = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$", examples=["colour"]), EXACT]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{32}$", examples=["0123456789abcdef0123456789abcdef"]), EXACT]
Blur = Annotated[
    str,
    Field(pattern=r"^[0-9A-Za-z#$%*+,\-.:;=?@\[\]^_{|}~]{6,60}$", examples=["L6PZfSi_.AyE_3t7t7R**0o#DgR4"]),
    EXACT,
]
ProductStatus = Annotated[str, one_of(*PRODUCT.all)]
UploadState = Literal["waiting", "making", "ready", "refused", "dropped"]
FreightText = Annotated[str, Field(pattern=f"^T{ULID}$", examples=["T01JZ0000000000000000000000"]), EXACT]
Price = Annotated[int, Field(ge=1, le=100_000_000, examples=[9900])]
Unlisted = Annotated[
    Literal["draft", "off", "archived", "no_skus", "skus_off", "sale_stopped"],
    Field(description="why no list shows it: its status, or that none of its SKUs may be bought; null when lists do"),
]
MOST_AT_ONCE = 12  # new SKUs in one request: a row, two claims, a price and two stock rows each


class TextBody(Body):
    """A text in Chinese and English."""

    zh: Words = Field(min_length=1, max_length=60, examples=["纯棉圆领T恤"])
    en: Words = Field(min_length=1, max_length=120, examples=["Cotton crew-neck T-shirt"])


class LongTextBody(Body):
    """A longer text in Chinese and English."""

    zh: Prose = Field(max_length=500, examples=["新疆长绒棉，亲肤透气。"])
    en: Prose = Field(max_length=1000, examples=["Long-staple cotton, soft and breathable."])


class NameBody(Body):
    """A brand or a unit; empty for none."""

    zh: Words = Field(default="", max_length=40)
    en: Words = Field(default="", max_length=40)


class ChoiceBody(Body):
    """One value of a choice or an option axis."""

    key: Key
    words: TextBody


class AttributeBody(Body):
    """What a category asks its products for."""

    key: Key
    words: TextBody
    kind: Literal["text", "number", "choice", "flag"]
    required: bool = False
    unit: NameBody = NameBody()
    choices: list[ChoiceBody] = Field(default=[], max_length=60)


class CategoryBody(Body):
    """A category's words, its place among its neighbours, and its own attributes."""

    name: TextBody
    rank: int = Field(default=0, ge=0, le=9999)
    attributes: list[AttributeBody] = Field(default=[], max_length=40)


class NewCategory(CategoryBody):
    """A category below another, or at the root."""

    parent: CategoryText | None = None


class AxisBody(Body):
    """An option axis, such as the colour, and its values."""

    key: Key
    words: TextBody
    values: list[ChoiceBody] = Field(min_length=1, max_length=40)


class PictureBody(Body):
    """A picture or video by content hash: small, and where there are any double size, WebP, a video's cover and a blur hash;
    an upload that is ready says them as they are to be given here."""

    kind: Literal["image", "video"] = "image"
    small: Digest
    large: Digest | None = None
    webp: Digest | None = None
    cover: Digest | None = None
    blur: Blur | None = None


class PolicyBody(Body):
    """What a buyer may do afterwards."""

    no_reason_days: int = Field(default=7, ge=0, le=365)
    exchange_days: int = Field(default=15, ge=0, le=365)
    warranty_months: int = Field(default=0, ge=0, le=240)


class ListingBody(Body):
    """All that is said of a product. `attributes` follow the category's schema: text {zh, en}, number, choice, flag."""

    title: TextBody
    summary: LongTextBody
    category: CategoryText
    more_categories: list[CategoryText] = Field(default=[], max_length=5)
    brand: NameBody = NameBody()
    attributes: dict[Key, Annotated[Any, WORDS]] = Field(default={}, max_length=60)
    axes: list[AxisBody] = Field(default=[], max_length=MOST_AXES)
    pictures: list[PictureBody] = Field(default=[], max_length=20)
    policy: PolicyBody = PolicyBody()

    def listing(self) -> Listing:
        return packing.listing_of(self.model_dump())


class SkuBody(Body):
    """All that is said of a SKU: fen, grams, cm³. `options` names one value for each of the product's axes."""

    code: Exact = Field(min_length=1, max_length=40, examples=["TS-001-RED-M"])
    price: Price
    list_price: Price | None = None
    cost: int | None = Field(default=None, ge=0, le=100_000_000)
    floor: int | None = Field(default=None, ge=0, le=100_000_000, description="no offer takes a piece below it, fen")
    barcode: Annotated[str, Field(pattern="^[0-9]{8,14}$", examples=["6901234567892"]), EXACT] | None = None
    weight: int = Field(default=0, ge=0, le=1_000_000)
    volume: int = Field(default=0, ge=0, le=10_000_000)
    options: dict[Key, Key] = Field(default={}, max_length=MOST_AXES)
    picture: Digest | None = None
    on: bool = True
    freight: FreightText | None = Field(default=None, description="its freight template; null for the default one")

    def sku_data(self) -> SkuData:
        return packing.sku_data_of(self.model_dump())


class NewSkus(Body):
    """SKUs to add to a product."""

    skus: list[SkuBody] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Move(Body):
    """What is to become of a product."""

    action: Literal["publish", "withdraw", "archive"]


class Closure(Body):
    """Why a SKU may not be sold."""

    reason: Words = Field(min_length=1, max_length=100, examples=["recall"])


class AskProducts(Paging):
    """Which products to list."""

    status: Literal["draft", "on", "off", "archived"] = "on"


class AskMisfits(AskProducts):
    """Of which status; of a category and those below it, or all."""

    category: CategoryText | None = None


class AskPrices(Paging):
    """A SKU's prices, newest first."""


class Edited(View):
    """An edit was made: send `version` as If-Match with the next one."""

    id: str
    version: int
    status: ProductStatus
    skus: list[str]


class CategoryRef(View):
    """A category and the version of its words."""

    id: str
    version: int


class CategoryAdmin(View):
    """A category as it is kept."""

    id: str
    parent: str | None
    version: int
    products: int
    below: int
    words: CategoryBody


class CategoriesAdmin(View):
    """All categories."""

    items: list[CategoryAdmin]


class SkuAdmin(View):
    """A SKU as it is kept."""

    id: str
    version: int
    on_sale: bool
    stopped: str | None = Field(description="why its sale was stopped; null when it was not")
    data: SkuBody


class ProductAdmin(View):
    """A product as it is kept; `version` is what If-Match names."""

    id: str
    version: int
    status: ProductStatus
    unlisted: Unlisted | None
    created_at: Instant
    edited_at: Instant
    listing: ListingBody
    skus: list[SkuAdmin]


class ProductLine(View):
    """A product in a list."""

    id: str
    version: int
    status: ProductStatus
    unlisted: Unlisted | None
    title_zh: str
    title_en: str
    edited_at: Instant


class MisfitLine(ProductLine):
    """A product that does not fit its category any more, and what is wrong with each attribute concerned."""

    problems: list[str] = Field(examples=[["fabric: missing"]])


class PriceView(View):
    """A price a SKU got, from whom and when; `before` is null for its first."""

    before: Amount | None
    after: Amount
    actor: str
    at: Instant


class NewPicture(Body):
    """A file that you are about to send: its media type and its bytes, as they are."""

    kind: Kind
    size: int = Field(ge=1, le=LARGEST, description="bytes of the file", examples=[2_345_678])


class OpenedUpload(View):
    """Where to PUT the file, with these headers, until then; say afterwards that it is there."""

    id: str = Field(examples=["M01JZ0000000000000000000000"])
    url: Url
    headers: dict[str, str]
    until: Instant


class PictureRefusal(View):
    """Why an upload was refused: a code of the catalogue of errors, and its sentence."""

    code: str = Field(examples=["PICTURE_UNFIT"])
    title: str


class UploadView(View):
    """How an upload goes: waiting for its file, making, ready, refused, or dropped since nothing named it. `picture` is what
    a listing takes."""

    id: str
    state: UploadState
    picture: PictureBody | None
    url: Url | None
    width: int | None
    height: int | None
    refusal: PictureRefusal | None


def opened_upload(opened: pictures.Opened) -> OpenedUpload:
    return OpenedUpload(id=opened.id, url=opened.url, headers=opened.headers, until=iso(opened.until))


def upload_view(row: Upload, language: str) -> UploadView:
    shown, refusal = pictures.shown(row), pictures.refusal(row)
    return UploadView(
        id=row.id,
        state=cast(UploadState, row.state),
        picture=None
        if shown is None
        else PictureBody(small=shown.small, large=shown.large, webp=shown.webp, blur=shown.blur),
        url=None if shown is None else pictures.url(shown.small),
        width=None if shown is None else shown.width,
        height=None if shown is None else shown.height,
        refusal=None if refusal is None else PictureRefusal(code=refusal.code, title=refusal.message(language)),
    )


def named(body: CategoryBody) -> Named:
    return Named(
        packing.text_of(body.name.model_dump()),
        body.rank,
        tuple(packing.attribute_of(attribute.model_dump()) for attribute in body.attributes),
    )


def edited(outcome: Outcome) -> Edited:
    return Edited(id=outcome.id, version=outcome.version, status=outcome.status, skus=list(outcome.new))


def category_admin(row: Category) -> CategoryAdmin:
    words = CategoryBody.model_validate(
        {
            "name": {"zh": row.name_zh, "en": row.name_en},
            "rank": row.rank,
            "attributes": packing.loads(row.schema),
        }
    )
    parent = (row.path or "").split()[-1:]
    return CategoryAdmin(
        id=row.id,
        parent=parent[0] if parent else None,
        version=row.version,
        products=row.uses,
        below=row.below,
        words=words,
    )


def product_admin(found: ProductWithSkus) -> ProductAdmin:
    product = found.product
    return ProductAdmin(
        **_state(product),
        created_at=iso(product.created),
        listing=ListingBody.model_validate(packing.loads(product.listing)),
        skus=[
            SkuAdmin(
                id=sku.id,
                version=sku.version,
                on_sale=on_sale(sku),
                stopped=sku.stopped,
                data=SkuBody.model_validate(packing.plain_sku_data(packing.sku_data_in(sku))),
            )
            for sku in found.skus
        ],
    )


def product_line(product: Product) -> ProductLine:
    return ProductLine(**_state(product), title_zh=product.title_zh, title_en=product.title_en)


def misfit_line(misfit: Misfit) -> MisfitLine:
    return MisfitLine(**product_line(misfit.product).model_dump(), problems=list(misfit.problems))


def _state(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "version": product.version,
        "status": product.status,
        "unlisted": product.unlisted,
        "edited_at": iso(product.edited),
    }


def price_view(change: PriceChange) -> PriceView:
    return PriceView(
        before=None if change.before is None else amount(change.before),
        after=amount(change.after),
        actor=change.actor,
        at=iso(change.at),
    )
