"""The one form of what is written and of what is looked for, and what a search asks and answers. Pure.

Width, case and script are folded away; Chinese is looked for by pairs of characters, wherever they stand, every other
script by the beginning of a word. Of a long run of Chinese a third of the pairs may be missing: words are put together in
more ways than a title has room for.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Literal, NamedTuple

from chalicelib.kernel.errors import Conflict, Invalid

from .simplified import TABLE

LONGEST_QUERY = 60  # characters
SPARED = 3  # of so many pairs one may be missing
UNSPACED = (
    ("\u3041", "\u30fe"),
    ("\u3400", "\u4dbf"),
    ("\u4e00", "\u9fff"),
    ("\uac00", "\ud7a3"),
)  # scripts without spaces

Sort = Literal["best", "newest", "price", "price_down"]


class QueryUnclear(Invalid):
    zh = "搜索词中没有可以查找的文字：请输入汉字、字母或数字"
    en = "There is nothing to look for: a search needs letters, digits or Chinese characters"


class IndexMoved(Conflict):
    zh, en = "搜索索引已被更新，请重试", "The search index was changed meanwhile; please try again"


class Needle(NamedTuple):
    """One run of a query: its parts, and how many of them may be missing."""

    parts: tuple[str, ...]
    spare: int = 0


class SearchEntry(NamedTuple):
    """An article as it is found and shown in a list. Prices in fen; `title` and `rest` are folded, `brands` too;
    `stock` says in a word how much is left, `units` are its SKUs as the catalogue packs them."""

    product: str
    title_zh: str
    title_en: str
    price: int
    highest: int | None
    picture: str | None
    places: tuple[str, ...]
    brands: tuple[str, ...]
    attributes: Mapping[str, str]
    stocked: bool
    title: str
    rest: str
    list_price: int | None = None
    category: str = ""
    summary_zh: str = ""
    summary_en: str = ""
    stock: str = ""
    units: str = ""


class SearchFilter(NamedTuple):
    """What must hold of an article: in a category, between two prices in fen, of a brand, with attributes, in stock."""

    category: str = ""
    price_from: int | None = None
    price_to: int | None = None
    brand: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    in_stock: bool = False

    def fits(self, entry: SearchEntry) -> bool:
        return (
            (not self.category or self.category in entry.places)
            and (self.price_from is None or entry.price >= self.price_from)
            and (self.price_to is None or entry.price <= self.price_to)
            and (not self.brand or self.brand in entry.brands)
            and all(entry.attributes.get(key) == value for key, value in self.attributes)
            and (entry.stocked or not self.in_stock)
        )


class Wanted(NamedTuple):
    """What is looked for. Of each needle `named` holds the categories whose name has it: what stands in one is found too."""

    needles: tuple[Needle, ...]
    named: tuple[frozenset[str], ...]
    filters: SearchFilter
    sort: Sort


class Position(NamedTuple):
    """Where a page ends: the order's own value there, and the product."""

    value: int
    product: str


class FoundPage(NamedTuple):
    """A page of what was found, how much there is in all, and where the next page goes on (None: there is none)."""

    entries: list[SearchEntry]
    total: int
    end: Position | None


def fold(text: str) -> str:
    """A text without differences of width, case and script, and without anything that is no word."""
    return " ".join(_runs(text))


def _runs(text: str) -> list[str]:
    form = unicodedata.normalize("NFKC", text).casefold().translate(TABLE)
    return ["".join(run) for kind, run in groupby(form, _kind) if kind]


def _kind(character: str) -> int:
    """0 divides words; 1 stands in words with spaces between them, 2 in a script that has none."""
    if unicodedata.category(character)[0] not in ("L", "N"):  # letters and numbers, of every script
        return 0
    return 2 if any(first <= character <= last for first, last in UNSPACED) else 1


def folded(texts: Iterable[str]) -> str:
    """Texts in one, a space before each word."""
    return "".join(f" {run}" for text in texts for run in _runs(text))


def code_words(codes: Iterable[str]) -> list[str]:
    """SKU codes as they are written, and each without what divides it."""
    return [word for code in dict.fromkeys(codes) for word in (code, "".join(_runs(code)))]


def needles(query: str) -> tuple[Needle, ...]:
    """What a query looks for; each must be found. Raises QueryUnclear."""
    found = tuple(_needle(run) for run in dict.fromkeys(_runs(query)))
    if not found:
        raise QueryUnclear()
    return found


def _needle(run: str) -> Needle:
    if _kind(run[0]) == 1:
        return Needle((f" {run}",))
    pairs = tuple(dict.fromkeys(run[at : at + 2] for at in range(len(run) - 1)))
    return Needle(pairs or (run,), len(pairs) // SPARED)


def names(needle: Needle, name: str) -> bool:
    """Whether a folded name has all of a needle's parts."""
    return all(part in name for part in needle.parts)
