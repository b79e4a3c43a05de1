"""How the demonstration shop's goods are written down: departments with what they ask for, items, colours, size runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.records.catalog.rules import Attribute, Axis, Choice, Text


@dataclass(frozen=True)
class Item:
    """A product. Prices in yuan; `colours` and `sizes` name keys of `COLOURS` and `SIZES`, the first colour leads.

    An attribute written "棉|cotton" is a text in both languages. `fate` is what became of it: on, or off the shelf.
    """

    slug: str
    leaf: str
    motif: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    brand: str
    price: int
    was: int | None
    colours: str
    sizes: str | None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    grams: int = 500
    warranty: int = 0
    no_reason: int = 7
    fate: str = "on"


@dataclass(frozen=True)
class Department:
    """A root category, what it asks its products for, and the leaves below it: slug, Chinese, English."""

    slug: str
    name: Text
    schema: tuple[Attribute, ...]
    leaves: Sequence[tuple[str, str, str]]
    items: Sequence[Item]


COLOURS: Mapping[str, tuple[str, str, str]] = {
    "white": ("米白", "Off-white", "#f4f1ea"), "black": ("墨黑", "Ink black", "#2b2f36"),
    "grey": ("岩灰", "Stone grey", "#8b9098"), "navy": ("藏青", "Navy", "#2f4468"),
    "blue": ("湖蓝", "Lake blue", "#3d7ab8"),
    "sky": ("天青", "Sky blue", "#9cc3dc"), "sage": ("鼠尾草绿", "Sage", "#8aa588"),
    "green": ("松针绿", "Pine green", "#3f6b57"),
    "red": ("朱砂红", "Vermilion", "#c8503c"), "wine": ("酒红", "Burgundy", "#7c2f3b"),
    "rose": ("豆沙粉", "Dusty rose", "#c98f93"),
    "pink": ("樱花粉", "Cherry pink", "#eab6c1"), "yellow": ("姜黄", "Mustard", "#d9a13c"),
    "orange": ("柿子橙", "Persimmon", "#df7f3f"),
    "brown": ("焦糖棕", "Caramel", "#a2714a"), "sand": ("沙色", "Sand", "#d6c0a0"),
    "purple": ("雾紫", "Mist purple", "#a892b8"),
    "silver": ("月光银", "Moon silver", "#c9ced6"),
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """An axis of sizes: its name and values; each costs its part of the price in basis points."""

    key: str
    name: Text
    values: Sequence[tuple[str, str, str, int]]


def _same(key: str, name: Text, texts: str) -> Run:
    return Run(key, name, [(text.lower(), text, text, 10_000) for text in texts.split()])


_SIZE, _PACK, _VOLUME = Text("尺码", "Size"), Text("规格", "Pack"), Text("容量", "Volume")
SIZES: Mapping[str, Run] = {
    "apparel": _same("size", _SIZE, "S M L XL"),
    "waist": Run("size", _SIZE, [(f"w{n}", str(n), str(n), 10_000) for n in (28, 30, 32, 34)]),
    "shoes": Run("size", _SIZE, [(f"s{n}", str(n), str(n), 10_000) for n in (38, 39, 40, 41, 42, 43)]),
    "storage": Run("storage", Text("存储", "Storage"), [
        ("g128", "128 GB", "128 GB", 10_000), ("g256", "256 GB",
         "256 GB", 11_500), ("g512", "512 GB", "512 GB", 14_000)]),
    "memory": Run("memory", Text("配置", "Memory"), [
        ("m16", "16 GB + 512 GB", "16 GB + 512 GB", 10_000), ("m32", "32 GB + 1 TB", "32 GB + 1 TB", 13_000)]),
    "cabin": Run("size", Text("尺寸", "Size"), [
        ("i20", "20 寸", "20 inch", 10_000), ("i24", "24 寸", "24 inch", 12_000), ("i28",
         "28 寸", "28 inch", 14_500)]),
    "bed": Run("size", Text("尺寸", "Size"), [
        ("single", "1.2 米床", "Single bed", 10_000), ("double", "1.5 米床", "Double bed", 12_000),
        ("king", "1.8 米床", "King bed", 13_500)]),
    "pan": Run("size", Text("口径", "Diameter"), [
        ("c24", "24 厘米", "24 cm", 10_000), ("c28", "28 厘米", "28 cm", 12_000), ("c32",
         "32 厘米", "32 cm", 14_000)]),
    "flask": Run("volume", _VOLUME, [("l350", "350 毫升", "350 ml", 10_000), ("l500", "500 毫升", "500 ml", 11_500)]),
    "serum": Run("volume", _VOLUME, [("l30", "30 毫升", "30 ml", 10_000), ("l50", "50 毫升", "50 ml", 15_000)]),
    "wash": Run("volume", _VOLUME, [("l300", "300 毫升", "300 ml", 10_000), ("l500", "500 毫升", "500 ml", 14_500)]),
    "tea": Run("pack", _PACK, [
        ("p50", "50 克", "50 g", 10_000), ("p125", "125 克", "125 g", 22_000), ("p250",
         "250 克礼盒", "250 g gift box", 40_000)]),
    "snack": Run("pack", _PACK, [("p250", "250 克", "250 g", 10_000), ("p500", "500 克", "500 g", 18_500)]),
    "noodles": Run("pack", _PACK, [("p1", "单盒", "Single", 10_000), ("p6", "六盒装", "Pack of six", 55_000)]),
    "mat": Run("size", Text("厚度", "Thickness"), [("t6", "6 毫米",
     "6 mm", 10_000), ("t10", "10 毫米", "10 mm", 12_500)]),
    "weight": Run("weight", Text("重量", "Weight"), [
        ("k2", "2 公斤一对", "Pair of 2 kg", 10_000), ("k5", "5 公斤一对", "Pair of 5 kg", 19_000),
        ("k8", "8 公斤一对", "Pair of 8 kg", 28_000)]),
    "people": Run("size", Text("容纳", "Sleeps"), [("n2", "双人", "Two", 10_000), ("n4", "四人", "Four", 15_500)]),
    "bear": Run("size", Text("身高", "Height"), [("h30", "30 厘米",
     "30 cm", 10_000), ("h60", "60 厘米", "60 cm", 21_000)]),
    "paper": Run("size", Text("开本", "Format"), [("a5", "A5", "A5", 10_000), ("b5", "B5", "B5", 12_500)]),
}  # fmt: skip


def text(key: str, zh: str, en: str, *, required: bool = False) -> Attribute:
    return Attribute(key, Text(zh, en), "text", required)


def number(key: str, zh: str, en: str, unit: str) -> Attribute:
    """A whole number; a unit written "个月|months" differs between the languages."""
    unit_zh, _, unit_en = unit.partition("|")
    return Attribute(key, Text(zh, en), "number", unit=Text(unit_zh, unit_en or unit_zh))


def flag(key: str, zh: str, en: str) -> Attribute:
    return Attribute(key, Text(zh, en), "flag")


def choice(key: str, zh: str, en: str, *values: tuple[str, str, str]) -> Attribute:
    return Attribute(key, Text(zh, en), "choice", choices=tuple(Choice(k, Text(z, e)) for k, z, e in values))


def said(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of an item as the catalogue takes them."""
    return {
        key: _both(value) if isinstance(value, str) and "|" in value else value for key, value in attributes.items()
    }


def _both(value: str) -> dict[str, str]:
    zh, en = value.split("|")
    return {"zh": zh, "en": en}


def axes(item: Item) -> tuple[Axis, ...]:
    """The option axes of an item: colours when there are several, and its size run."""
    colours = item.colours.split()
    found = []
    if len(colours) > 1:
        values = tuple(Choice(key, Text(COLOURS[key][0], COLOURS[key][1])) for key in colours)
        found.append(Axis("colour", Text("颜色", "Colour"), values))
    if item.sizes:
        run = SIZES[item.sizes]
        found.append(Axis(run.key, run.name, tuple(Choice(key, Text(zh, en)) for key, zh, en, _ in run.values)))
    return tuple(found)
