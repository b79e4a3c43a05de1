"""The table `catalog`, single-table style: a product's partition holds everything that is read with it.

Hash: a product's id, `categories`, `tree`, `list#<category>` (`list#` lists all) or `code#<code>`. Range: `product`, `sku#01`,
`v#000001` (immutable versions), `h#<ulid>` (price history). The table `pictures` holds uploads by id (range
`upload`), and under a file's name who has it (range: the product or upload).
"""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.runtime.table import InstantAttribute, MoneyAttribute, Table, WholeAttribute, table_name

UPLOAD = "upload"
PRODUCT, CATEGORIES, TREE = "product", "categories", "tree"
BY_PRICE, BY_STATUS = "by_price", "by_status"
SHOWN = ("r", "product", "sku#~")  # a product and its SKUs, without versions and history


class Product(Table):
    """What is said of a product. JSON texts are packed by `packing`; `version` counts its edits."""

    class Meta:
        table_name = table_name("catalog")

    id = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    status = UnicodeAttribute(attr_name="g")
    version = WholeAttribute(attr_name="v")
    title_zh = UnicodeAttribute(attr_name="z")
    title_en = UnicodeAttribute(attr_name="e")
    listing = UnicodeAttribute(attr_name="l")
    specs = UnicodeAttribute(attr_name="s")
    places = UnicodeAttribute(attr_name="k")
    unlisted = UnicodeAttribute(attr_name="x", null=True)  # why no list shows it
    last_sku = WholeAttribute(attr_name="m")
    created = InstantAttribute(attr_name="c")
    edited = InstantAttribute(attr_name="t")


class Sku(Table):
    """A SKU as quotes, carts and product pages need it: no other read. `version` is the catalog version it stands in."""

    class Meta:
        table_name = table_name("catalog")

    product = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    version = WholeAttribute(attr_name="v")
    title_zh = UnicodeAttribute(attr_name="z")
    title_en = UnicodeAttribute(attr_name="e")
    price = MoneyAttribute(attr_name="a")
    list_price = MoneyAttribute(attr_name="b", null=True)
    cost = MoneyAttribute(attr_name="o", null=True)
    floor = MoneyAttribute(attr_name="h", null=True)  # no offer takes a piece below it
    code = UnicodeAttribute(attr_name="u")
    barcode = UnicodeAttribute(attr_name="y", null=True)
    weight = WholeAttribute(attr_name="w")
    volume = WholeAttribute(attr_name="x")
    options = UnicodeAttribute(attr_name="j")
    words = UnicodeAttribute(attr_name="l", null=True)  # of what is chosen, in the axes' order: [[zh, en], …]
    picture = UnicodeAttribute(attr_name="i", null=True)
    shelf = UnicodeAttribute(attr_name="f")  # its product's status
    off = WholeAttribute(attr_name="q", null=True)  # 1 when the SKU itself is not for sale
    stopped = UnicodeAttribute(attr_name="s", null=True)  # why its sale was stopped
    places = UnicodeAttribute(attr_name="k", null=True)  # its product's categories and those above them
    freight = UnicodeAttribute(attr_name="d", null=True)  # its freight template, where it has one of its own

    @property
    def id(self) -> str:
        return f"{self.product}{self.part.removeprefix('sku#')}"


class ProductVersion(Table):
    """What an order refers to: a product as it was described and priced, for good."""

    class Meta:
        table_name = table_name("catalog")

    product = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    content = UnicodeAttribute(attr_name="l")
    actor = UnicodeAttribute(attr_name="u")
    at = InstantAttribute(attr_name="t")


class PriceChange(Table):
    """Who set a SKU's price, when, from what to what."""

    class Meta:
        table_name = table_name("catalog")

    product = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    sku = UnicodeAttribute(attr_name="k")
    before = MoneyAttribute(attr_name="b", null=True)
    after = MoneyAttribute(attr_name="a")
    actor = UnicodeAttribute(attr_name="u")
    at = InstantAttribute(attr_name="t")
    agreed = BooleanAttribute(attr_name="y", null=True)  # by a second person, or before anybody could buy


class Category(Table):
    """A category; `path` names those above it, root first. `uses` counts products, `below` categories under it."""

    class Meta:
        table_name = table_name("catalog")

    part = UnicodeAttribute(hash_key=True, attr_name="p")
    id = UnicodeAttribute(range_key=True, attr_name="r")
    path = UnicodeAttribute(attr_name="k", null=True)
    name_zh = UnicodeAttribute(attr_name="z")
    name_en = UnicodeAttribute(attr_name="e")
    rank = WholeAttribute(attr_name="m")
    schema = UnicodeAttribute(attr_name="s")
    uses = WholeAttribute(attr_name="u")
    below = WholeAttribute(attr_name="b")
    version = WholeAttribute(attr_name="v")


class Mark(Table):
    """What tells of the category tree whether it changed: `version` counts its changes, `changed` is the last."""

    class Meta:
        table_name = table_name("catalog")

    part = UnicodeAttribute(hash_key=True, attr_name="p")
    same = UnicodeAttribute(range_key=True, attr_name="r")
    categories = WholeAttribute(attr_name="m")
    version = WholeAttribute(attr_name="v")
    changed = InstantAttribute(attr_name="t")


class ListEntry(Table):
    """A product in the list of a category, while one of its SKUs may be bought; slim, ordered by `price` in an index.

    `stock` is a word that is told by whoever follows the stock; there is enough until something else is told. `units` are
    the SKUs that may be bought, with their prices, packed.
    """

    class Meta:
        table_name = table_name("catalog")

    place = UnicodeAttribute(hash_key=True, attr_name="p")
    product = UnicodeAttribute(range_key=True, attr_name="r")
    price = MoneyAttribute(attr_name="n")
    highest = MoneyAttribute(attr_name="h", null=True)
    title_zh = UnicodeAttribute(attr_name="z")
    title_en = UnicodeAttribute(attr_name="e")
    picture = UnicodeAttribute(attr_name="i", null=True)
    list_price = MoneyAttribute(attr_name="lp", null=True)
    category = UnicodeAttribute(attr_name="ca", null=True)
    summary_zh = UnicodeAttribute(attr_name="sz", null=True)
    summary_en = UnicodeAttribute(attr_name="se", null=True)
    stock = UnicodeAttribute(attr_name="sw", null=True)
    units = UnicodeAttribute(attr_name="un", null=True)


class Claim(Table):
    """A SKU code or barcode and the SKU that has it."""

    class Meta:
        table_name = table_name("catalog")

    code = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    sku = UnicodeAttribute(attr_name="k")


class Upload(Table):
    """A file on its way in; `shown` says as JSON what was made of it, `refused` why nothing was."""

    class Meta:
        table_name = table_name("pictures")

    id = UnicodeAttribute(hash_key=True, attr_name="p")
    part = UnicodeAttribute(range_key=True, attr_name="r")
    state = UnicodeAttribute(attr_name="s")
    kind = UnicodeAttribute(attr_name="k")
    size = WholeAttribute(attr_name="n")
    began = InstantAttribute(attr_name="t")
    shown = UnicodeAttribute(attr_name="w", null=True)
    refused = UnicodeAttribute(attr_name="f", null=True)


class PictureUse(Table):
    """A product or an upload that has a file."""

    class Meta:
        table_name = table_name("pictures")

    name = UnicodeAttribute(hash_key=True, attr_name="p")
    by = UnicodeAttribute(range_key=True, attr_name="r")


def sku_part(sku: str) -> str:
    """The range key of a SKU's row."""
    return f"sku#{sku[-2:]}"


def version_part(version: int) -> str:
    return f"v#{version:06d}"


def list_of(category: str = "") -> str:
    """The hash key of a category's list; without a category, of all products."""
    return f"list#{category}"
