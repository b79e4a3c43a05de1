"""From the written goods to what the catalogue and the stock take: ids, codes, prices, pieces, pictures.

Everything follows from slugs, so loading twice loads nothing twice.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.kernel.ids import ulid
from chalicelib.records.catalog.rules import Listing, Picture, ReturnPolicy, SkuData, Text
from chalicelib.records.catalog.service.pictures import name_of

from . import draw
from .goods import COLOURS, SIZES, Item, axes, said
from .shelves import DEPARTMENTS

OPENED = datetime(2026, 1, 5, 2, tzinfo=UTC)
LOW, NONE = 13, 29  # one SKU in so many is low, or out
BRANDS = {
    "cotton": ("棉里", "Mianli"), "linen": ("麻序", "Maxu"), "summit": ("云峰", "Summit"), "stride": ("行步", "Stride"),
    "roam": ("漫行", "Roam"), "hoshino": ("星野", "Hoshino"), "qingyun": ("轻云", "Qingyun"), "echo": ("回声", "Echo"),
    "voltbox": ("伏盒", "Voltbox"), "lume": ("微光", "Lume"), "meadow": ("原野", "Meadow"), "plainclay": ("素陶", "Plainclay"),
    "hearth": ("灶边", "Hearth"), "dewy": ("晨露", "Dewy"), "bloom": ("花信", "Bloom"), "hillside": ("山间", "Hillside"),
    "orchard": ("果圃", "Orchard"), "playroom": ("玩物", "Playroom"), "inkstone": ("砚台", "Inkstone"), "paws": ("爪爪", "Paws"),
}  # fmt: skip


@dataclass(frozen=True)
class Stocked:
    """A product ready to be shelved: its listing, its articles with their first pieces, and its pictures by name."""

    id: str
    listing: Listing
    articles: tuple[tuple[SkuData, int], ...]
    pictures: dict[str, bytes]
    fate: str


def product_id(slug: str, turn: int = 0) -> str:
    """The id of a demo product; later turns are newer."""
    return "P" + _id(f"product|{slug}", turn)


def category_id(slug: str) -> str:
    return "G" + _id(f"category|{slug}", 0)


def template_id(slug: str) -> str:
    return "K" + _id(f"coupon|{slug}", 0)


def every() -> Iterator[Stocked]:
    """All products of all departments, mixed, so that the newest are not all of one department."""
    items = [item for department in DEPARTMENTS for item in department.items]
    for turn, item in enumerate(sorted(items, key=lambda item: _digest(item.slug))):
        yield stocked(item, turn)


def stocked(item: Item, turn: int) -> Stocked:
    colours = item.colours.split()
    shown = {key: draw.picture(item.motif, COLOURS[key][2]) for key in colours}
    brand = Text(*BRANDS[item.brand])
    poster = draw.card(item.motif, COLOURS[colours[0]][2], item.zh, item.en, f"{brand.zh} {brand.en.upper()}")
    listing = Listing(
        title=Text(item.zh, item.en),
        summary=Text(item.about_zh, item.about_en),
        category=category_id(item.leaf),
        brand=brand,
        attributes=said(item.attributes),
        axes=axes(item),
        pictures=tuple(Picture("image", name_of(content)) for content in (*shown.values(), poster)),
        policy=ReturnPolicy(item.no_reason, 15, item.warranty),
    )
    articles = tuple(
        (article, _pieces(article.code)) for article in _articles(item, {key: name_of(c) for key, c in shown.items()})
    )
    held = {name_of(content): content for content in (*shown.values(), poster)}
    return Stocked(product_id(item.slug, turn), listing, articles, held, item.fate)


def _articles(item: Item, pictures: dict[str, str]) -> Iterator[SkuData]:
    colours = item.colours.split()
    sizes = SIZES[item.sizes].values if item.sizes else [("", "", "", 10_000)]
    for colour in colours:
        for size, _, _, part in sizes:
            options = {"colour": colour} if len(colours) > 1 else {}
            if size and item.sizes:
                options[SIZES[item.sizes].key] = size
            code = "-".join([item.slug, *options.values()]).upper()
            yield SkuData(
                code=code,
                price=_priced(item.price, part),
                list_price=_priced(item.was, part) if item.was else None,
                cost=_priced(item.price, part * 55 // 100),
                barcode=_barcode(code),
                weight=item.grams,
                volume=item.grams * 3,
                options=options,
                picture=pictures[colour],
            )


def _priced(yuan: int, part: int) -> int:
    """A price in whole yuan, as fen."""
    return max(1, round(yuan * part / 10_000)) * 100


def _pieces(code: str) -> int:
    """The first pieces of a SKU: plenty, a few, or none."""
    chance = _digest(f"stock|{code}")
    if chance % NONE == 0:
        return 0
    return 1 + chance // 1000 % 9 if chance % LOW == 0 else 20 + chance // 1000 % 481


def _barcode(code: str) -> str:
    """A 13-digit barcode with its check digit."""
    digits = f"690{_digest(f'barcode|{code}') % 10**9:09d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _id(name: str, turn: int) -> str:
    return ulid(OPENED + timedelta(hours=turn), hashlib.blake2b(name.encode(), digest_size=10).digest())


def _digest(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
