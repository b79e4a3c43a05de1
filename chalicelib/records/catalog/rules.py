"""What a product, its SKUs and a category tree must satisfy, the ids between them, and the refusals. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid, NotFound
from chalicelib.kernel.states import States

DEEPEST = 5  # levels of the category tree
MOST_CATEGORIES = 1000  # the tree is answered whole
MOST_SKUS = 40  # of a product: taking it off the shelf must fit one transaction
SHORT = 40  # characters of a summary in a list; of Latin ones twice as many
MOST_PLACES = 12  # lists a product stands in: its categories and all above them
MOST_AXES = 3
SKU_NUMBERS = 99
SEEN = frozenset({"on", "off"})  # statuses of products that have a page
WITHDRAWN = "withdrawn"  # why a SKU may not be bought that is off the shelf, or off by itself


class ProductNotFound(NotFound):
    zh, en = "没有这个商品", "There is no such product"


class SkuNotFound(NotFound):
    sku: str
    zh, en = "没有 SKU {sku}", "There is no SKU {sku}"


class CategoryNotFound(NotFound):
    zh, en = "没有这个分类", "There is no such category"


class CategoryTooDeep(Invalid):
    most: int
    zh, en = "分类最多 {most} 级", "Categories go {most} levels deep at most"


class CategoriesFull(Conflict):
    most: int
    zh, en = "分类最多 {most} 个", "There are {most} categories at most"


class CategoryInUse(Conflict):
    zh, en = "分类下还有商品或子分类", "This category still has products or categories below it"


class AttributesWrong(Invalid):
    problems: str
    zh, en = "商品属性不符合分类要求：{problems}", "The attributes do not fit the category: {problems}"


class OptionsWrong(Invalid):
    problem: str
    at: str
    zh, en = "规格组合无效：{problem}（{at}）", "The options do not fit the product: {problem} ({at})"
    spoken: ClassVar[Mapping[str, str]] = {
        "one value for each axis": "每个规格须恰好选一个值",
        "no such value": "没有这个值",
        "axes share a key": "规格重复",
        "values share a key": "规格值重复",
        "SKUs have the same options": "规格组合重复",
    }


class PictureUnknown(Invalid):
    picture: str
    zh, en = "没有图片 {picture}，请先上传", "There is no picture {picture}: upload it first"


class TooManySkus(Conflict):
    most: int
    zh, en = "一个商品最多 {most} 个 SKU", "A product has at most {most} SKUs"


class TooManyCategories(Invalid):
    most: int
    zh, en = "商品所属分类及其上级最多 {most} 个", "A product's categories and those above them are at most {most}"


class NothingToSell(Conflict):
    zh, en = "商品没有可售的 SKU", "The product has no SKU on sale"


class ListPriceTooLow(Invalid):
    sku_code: str
    list_price: int
    price: int
    zh, en = (
        "{sku_code} 的划线价 {list_price} 分低于售价 {price} 分",
        "The list price of {sku_code}, {list_price} fen, is below its price, {price} fen",
    )


class FloorTooHigh(Invalid):
    sku_code: str
    floor: int
    price: int
    zh, en = (
        "{sku_code} 的最低价 {floor} 分高于售价 {price} 分",
        "The floor of {sku_code}, {floor} fen, is above its price, {price} fen",
    )


class CodeTaken(Conflict):
    taken: str
    zh, en = "编码 {taken} 已被使用", "The code {taken} is taken"


class StaleVersion(Conflict):
    zh, en = "内容已被他人修改，请刷新后重试", "Somebody edited this meanwhile; please read it again"


class IfMatchRequired(Invalid):
    zh, en = (
        "修改需要 If-Match 头，值为读取到的 version",
        "An edit needs the header If-Match with the version that was read",
    )


class ProductStateConflict(Conflict):
    state: str
    zh, en = "商品当前状态为 {state}，不能这样操作", "The product is {state}; this is not possible"


PRODUCT = States(
    "draft",
    {
        "draft": {"publish": "on", "archive": "archived"},
        "on": {"withdraw": "off"},
        "off": {"publish": "on", "archive": "archived"},
        "archived": {},
    },
    absent=ProductNotFound,
    conflict=ProductStateConflict,
)


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Text(NamedTuple):
    """A text in both languages."""

    zh: str
    en: str

    def pack(self) -> list[str]:
        return [self.zh, self.en]


class Choice(NamedTuple):
    """One value of a choice or of an option axis."""

    key: str
    words: Text


class Attribute(NamedTuple):
    """One line of a category's schema.

    text takes {"zh", "en"}; number a whole number, shown with the unit; choice one of the keys; flag true or false.
    """

    key: str
    words: Text
    kind: Literal["text", "number", "choice", "flag"]
    required: bool = False
    unit: Text = Text("", "")
    choices: tuple[Choice, ...] = ()


class Axis(NamedTuple):
    """An option axis of a product, such as the colour."""

    key: str
    words: Text
    values: tuple[Choice, ...]

    def value(self, key: str) -> Choice | None:
        return next((value for value in self.values if value.key == key), None)


class Spec(NamedTuple):
    """One line of a spec table, as people read it."""

    key: str
    name: Text
    value: Text


class Picture(NamedTuple):
    """A picture or video by content hash: the small size, and where there are any the double size, WebP and cover; `blur` is
    what a page draws until it is there."""

    kind: Literal["image", "video"]
    small: str
    large: str | None = None
    webp: str | None = None
    cover: str | None = None
    blur: str | None = None

    @property
    def files(self) -> frozenset[str]:
        """The names of all that it shows."""
        return frozenset(name for name in (self.small, self.large, self.webp, self.cover) if name)


class ReturnPolicy(NamedTuple):
    """What a buyer may do afterwards; frozen into the version an order refers to."""

    no_reason_days: int = 7
    exchange_days: int = 15
    warranty_months: int = 0


class Listing(NamedTuple):
    """All that a person says of a product, whole: what an edit replaces."""

    title: Text
    summary: Text
    category: str
    more_categories: tuple[str, ...] = ()
    brand: Text = Text("", "")
    attributes: Mapping[str, Any] = NOTHING
    axes: tuple[Axis, ...] = ()
    pictures: tuple[Picture, ...] = ()
    policy: ReturnPolicy = ReturnPolicy()


class SkuData(NamedTuple):
    """All that a person says of a SKU: prices, cost and floor in fen, weight in g, volume in cm³. No offer takes a piece below
    its floor; `freight` is its freight template, None for the default one."""

    code: str
    price: int
    list_price: int | None = None
    cost: int | None = None
    floor: int | None = None
    barcode: str | None = None
    weight: int = 0
    volume: int = 0
    options: Mapping[str, str] = NOTHING
    picture: str | None = None
    on: bool = True
    freight: str | None = None


# ids


def sku_id(product: str, number: int) -> str:
    """The id of a product's n-th SKU, 1…99."""
    if not 1 <= number <= SKU_NUMBERS:
        raise ValueError(f"a product's SKUs are numbered 1…{SKU_NUMBERS}")
    return f"{product}{number:02d}"


def product_of(sku: str) -> str:
    """The product a SKU belongs to."""
    return sku[:-2]


def seen_version(headers: Mapping[str, str]) -> int:
    """The version an edit starts from, from If-Match. Raises IfMatchRequired."""
    found = re.fullmatch(r'(?:W/)?"?([0-9]{1,9})"?', headers.get("if-match", "").strip())
    if found is None:
        raise IfMatchRequired()
    return int(found[1])


# sale


def stop_of(*, shelf: str, off: bool, stopped: str | None) -> str | None:
    """Why a SKU may not be bought, from its product's status, its own switch and the reason its sale was stopped for.

    None when it may be bought. A stop says its own reason, whatever else holds.
    """
    return stopped or (WITHDRAWN if off or shelf != "on" else None)


def unlisted(status: str, stops: Sequence[str | None]) -> str | None:
    """Why no list shows a product whose SKUs' stops are these; None when lists show it."""
    if status != "on":
        return status
    if not stops:
        return "no_skus"
    if None in stops:
        return None
    return "skus_off" if all(stop == WITHDRAWN for stop in stops) else "sale_stopped"


def check_prices(article: SkuData) -> None:
    """What a SKU is said to have cost is not less than what it costs, and its floor not more. Raises ListPriceTooLow,
    FloorTooHigh."""
    if article.list_price is not None and article.list_price < article.price:
        raise ListPriceTooLow(sku_code=article.code, list_price=article.list_price, price=article.price)
    if article.floor is not None and article.floor > article.price:
        raise FloorTooHigh(sku_code=article.code, floor=article.floor, price=article.price)


# attributes


def specs(schema: Sequence[Attribute], attributes: Mapping[str, Any]) -> tuple[Spec, ...]:
    """The spec table of a product, in the schema's order. Raises AttributesWrong with every problem."""
    found, problems = read_attributes(schema, attributes)
    if problems:
        raise AttributesWrong(problems="; ".join(problems))
    return found


def read_attributes(
    schema: Sequence[Attribute], attributes: Mapping[str, Any]
) -> tuple[tuple[Spec, ...], tuple[str, ...]]:
    """The spec table of what fits the schema, in its order, and a word for each attribute that does not."""
    known = {attribute.key: attribute for attribute in schema}
    problems = [f"{key}: unknown" for key in attributes if key not in known]
    found: list[Spec] = []
    for attribute in schema:
        if attribute.key not in attributes:
            if attribute.required:
                problems.append(f"{attribute.key}: missing")
            continue
        words = READ[attribute.kind](attribute, attributes[attribute.key])
        if words is None:
            problems.append(f"{attribute.key}: not a {attribute.kind}")
        else:
            found.append(Spec(attribute.key, attribute.words, words))
    return tuple(found), tuple(problems)


def _text(_attribute: Attribute, value: Any) -> Text | None:
    if not isinstance(value, Mapping) or set(value) != {"zh", "en"}:
        return None
    if not all(isinstance(text, str) and 0 < len(text) <= 200 for text in value.values()):
        return None
    return Text(value["zh"], value["en"])


def _number(attribute: Attribute, value: Any) -> Text | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return Text(f"{value} {attribute.unit.zh}".strip(), f"{value} {attribute.unit.en}".strip())


def _choice(attribute: Attribute, value: Any) -> Text | None:
    return next((choice.words for choice in attribute.choices if choice.key == value), None)


def _flag(_attribute: Attribute, value: Any) -> Text | None:
    if not isinstance(value, bool):
        return None
    return Text("是", "yes") if value else Text("否", "no")


READ = {"text": _text, "number": _number, "choice": _choice, "flag": _flag}


# options


def option_words(axes: Sequence[Axis], options: Mapping[str, str]) -> tuple[Text, ...]:
    """The chosen values in the axes' order. Raises OptionsWrong."""
    if set(options) != {axis.key for axis in axes}:
        raise OptionsWrong(problem="one value for each axis", at=", ".join(axis.key for axis in axes))
    chosen = []
    for axis in axes:
        value = axis.value(options[axis.key])
        if value is None:
            raise OptionsWrong(problem="no such value", at=f"{axis.key}: {options[axis.key]}")
        chosen.append(value.words)
    return tuple(chosen)


def check_axes(axes: Sequence[Axis]) -> None:
    """Keys are told apart. Raises OptionsWrong."""
    if (twice := _twice(axis.key for axis in axes)) is not None:
        raise OptionsWrong(problem="axes share a key", at=twice)
    for axis in axes:
        if (twice := _twice(value.key for value in axis.values)) is not None:
            raise OptionsWrong(problem="values share a key", at=f"{axis.key}: {twice}")


def check_matrix(chosen: Sequence[Mapping[str, str]]) -> None:
    """No two SKUs of a product are the same choice. Raises OptionsWrong, TooManySkus."""
    if len(chosen) > MOST_SKUS:
        raise TooManySkus(most=MOST_SKUS)
    told = (", ".join(f"{key}: {value}" for key, value in sorted(options.items())) for options in chosen)
    if (twice := _twice(told)) is not None:
        raise OptionsWrong(problem="SKUs have the same options", at=twice)


def _twice(said: Iterable[str]) -> str | None:
    """What is said more than once of these: the first of it."""
    return next((one for one, times in Counter(said).items() if times > 1), None)


def short(summary: Text) -> Text:
    """A summary as a list shows it: its first line, cut where it is long."""
    zh, en = (text.strip().partition("\n")[0] for text in summary)
    return Text(_cut(zh, SHORT), _cut(en, 2 * SHORT))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def bare_title(title: Text, chosen: Sequence[Text]) -> Text:
    """The product's title, of a SKU's own."""
    if not chosen:
        return title
    nothing = sku_title(Text("", ""), chosen)
    return Text(title.zh.removesuffix(nothing.zh), title.en.removesuffix(nothing.en))


def sku_title(title: Text, chosen: Sequence[Text]) -> Text:
    """A SKU's own title: the product's and what was chosen."""
    if not chosen:
        return title
    return Text(
        f"{title.zh} {' / '.join(words.zh for words in chosen)}",
        f"{title.en}, {' / '.join(words.en for words in chosen)}",
    )
