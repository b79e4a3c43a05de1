"""Trade for tests: catalogue versions and orders put straight into their tables, without the journey that leads there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.kernel.bill import MAIN, bought, laid, with_freight
from chalicelib.kernel.clock import instant
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import FreightPart, Layer, Quote, QuoteLine
from chalicelib.records.catalog import model, packing
from chalicelib.records.catalog.model import ProductVersion
from chalicelib.records.catalog.rules import Axis, Choice, Listing, Picture, Text
from chalicelib.records.orders import service as orders
from chalicelib.records.orders import steps as order_steps
from chalicelib.runtime import table, world
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.work import Work

PRODUCT = "P01JZ0000000000000000000000"
SKU = f"{PRODUCT}01"
PICTURE = "0" * 32


def commit(*steps: Any, caller: str = "U1") -> None:
    work = Work(Caller(caller, "test"), "test")
    work.add(*steps)
    work.commit()


def describe(product: str = PRODUCT, version: int = 1, zh: str = "纯棉圆领T恤", en: str = "Cotton T-shirt") -> str:
    """A catalogue version of a product with one SKU in white; answers the SKU."""
    white = Axis("colour", Text("颜色", "Colour"), (Choice("white", Text("白色", "White")),))
    listing = Listing(Text(zh, en), Text("", ""), "G1", axes=(white,), pictures=(Picture(PICTURE, PICTURE, PICTURE),))
    content = {
        "listing": packing.plain_listing(listing), "specs": [],
        "skus": {"01": {"price": 9900, "picture": None, "options": {"colour": "white"}, "code": "C1"}},
    }  # fmt: skip
    row = ProductVersion(
        product, model.version_part(version), content=packing.json_of(content), actor="A1", at=instant(0)
    )
    commit(table.put(row))
    return f"{product}01"


def line(
    sku: str, quantity: int, unit: int, bucket: int = 0, version: int = 1, rest: tuple[tuple[int, int], ...] = ()
) -> QuoteLine:
    """A line of pieces at their full price from one bucket, and what others give."""
    first = quantity - sum(pieces for _, pieces in rest)
    return bought(sku, version, Fen(unit), ((bucket, first), *rest))


def promised(
    order_id: str,
    customer: str,
    lines: Sequence[QuoteLine],
    freight: int = 0,
    offs: Sequence[int] = (),
    **more: Any,
) -> Quote:
    """A quote for these lines, with so much off each by one offer, and its freight on their units."""
    layers: tuple[Layer, ...] = ()
    if any(offs):
        layers = (Layer("shop", "F1", 1, Fen(sum(offs))),)
        lines = [taken(one, off) for one, off in zip(lines, offs, strict=True)]
    fees = (FreightPart(MAIN, 0, Fen(freight)),) if freight else ()
    values: dict[str, Any] = {"expires": 0, "epoch": 1, "from_cart": False, "address": None} | more
    return Quote(order_id, customer, lines=with_freight(lines, Fen(freight)), layers=layers, freights=fees, **values)


def taken(one: QuoteLine, off: int, layer: int = 0) -> QuoteLine:
    """The line with so much off."""
    return laid([one], Fen(off), lambda run: (int(run.goods), int(run.goods)), lambda run, each: run.less(each, layer))[
        0
    ]


def order(
    customer: str = "U1",
    lines: tuple[tuple[str, int, int, int], ...] = ((SKU, 2, 9900, 500),),
    freight: int = 1000,
    version: int = 1,
    order_id: str | None = None,
    address: str | None = "D1",
) -> str:
    """An unpaid order of (sku, quantity, unit, off) lines; answers its id."""
    named = order_id or world.new_id("O")
    wanted = [line(sku, quantity, unit, version=version) for sku, quantity, unit, _ in lines]
    quote = promised(named, customer, wanted, freight, [off for *_, off in lines], address=address)
    commit(order_steps.open(quote, world.now(), orders.pay_deadline(world.now())))
    return named
