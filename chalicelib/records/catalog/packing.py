"""Listings, articles and schemas as plain values and JSON text, and back. The plain form is also what the API takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.kernel.money import Fen

from .model import Sku
from .rules import Attribute, Axis, Choice, Listing, Picture, ReturnPolicy, SkuData, Spec, Text

Plain = Mapping[str, Any]
MOST_UNITS = 40  # that a card keeps


class CardUnit(NamedTuple):
    """A SKU as a card keeps it, amounts in fen."""

    sku: str
    price: Fen
    floor: Fen


def json_of(value: Any) -> str:
    """Compact JSON, the same for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def plain(value: Any) -> Any:
    """Named tuples as objects and tuples as lists, however deep."""
    if hasattr(value, "_asdict"):
        return {name: plain(inner) for name, inner in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def plain_listing(listing: Listing) -> dict[str, Any]:
    told: dict[str, Any] = plain(listing)
    return told


def listing_of(plain: Plain) -> Listing:
    return Listing(
        title=text_of(plain["title"]),
        summary=text_of(plain["summary"]),
        category=plain["category"],
        more_categories=tuple(plain["more_categories"]),
        brand=text_of(plain["brand"]),
        attributes=dict(plain["attributes"]),
        axes=tuple(axis_of(axis) for axis in plain["axes"]),
        pictures=tuple(Picture(**p) for p in plain["pictures"]),
        policy=ReturnPolicy(**plain["policy"]),
    )


def text_of(plain: Plain) -> Text:
    return Text(plain["zh"], plain["en"])


def choice_of(plain: Plain) -> Choice:
    return Choice(plain["key"], text_of(plain["words"]))


def axis_of(plain: Plain) -> Axis:
    return Axis(plain["key"], text_of(plain["words"]), tuple(choice_of(value) for value in plain["values"]))


def attribute_of(plain: Plain) -> Attribute:
    return Attribute(
        plain["key"],
        text_of(plain["words"]),
        plain["kind"],
        plain["required"],
        text_of(plain["unit"]),
        tuple(choice_of(choice) for choice in plain["choices"]),
    )


def schema_text(schema: Iterable[Attribute]) -> str:
    return json_of([plain(attribute) for attribute in schema])


def schema_of(text: str) -> tuple[Attribute, ...]:
    return tuple(attribute_of(plain) for plain in json.loads(text))


def specs_text(specs: Iterable[Spec]) -> str:
    return json_of([plain(spec) for spec in specs])


def specs_of(text: str) -> tuple[Spec, ...]:
    return tuple(Spec(plain["key"], text_of(plain["name"]), text_of(plain["value"])) for plain in json.loads(text))


def sku_data_of(plain: Plain) -> SkuData:
    return SkuData(**{**plain, "options": dict(plain["options"])})


def sku_data_in(sku: Sku) -> SkuData:
    """What was said of a SKU, from its row."""
    return SkuData(
        code=sku.code,
        price=sku.price,
        list_price=sku.list_price,
        cost=sku.cost,
        floor=sku.floor,
        barcode=sku.barcode,
        weight=sku.weight,
        volume=sku.volume,
        options=json.loads(sku.options),
        picture=sku.picture,
        on=not sku.off,
        freight=sku.freight,
    )


def loads(text: str) -> Any:
    """JSON text as plain values."""
    return json.loads(text)


def plain_sku_data(article: SkuData) -> dict[str, Any]:
    told: dict[str, Any] = plain(article)
    return told


# ---- cards --------------------------------------------------------------------------------------------------------------
def pack_units(skus: Iterable[Sku]) -> str:
    """The cheapest SKUs of a product, as its card keeps them: what each is called beside the product, price and floor in fen."""
    cheapest = sorted(skus, key=lambda sku: sku.price)[:MOST_UNITS]
    return ";".join(f"{sku.id[len(sku.product) :]}:{int(sku.price)}:{int(sku.floor or 0)}" for sku in cheapest)


def units_of(product: str, packed: str | None) -> list[CardUnit]:
    """The reverse of `pack_units`."""
    parts = (unit.split(":") for unit in (packed or "").split(";") if unit)
    return [CardUnit(f"{product}{part}", Fen(int(price)), Fen(int(floor))) for part, price, floor in parts]
