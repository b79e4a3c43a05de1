"""Trade for tests: catalogue versions and orders put straight into their tables, without the journey that leads there."""

from __future__ import annotations

from typing import Any

from chalicelib.kernel.clock import instant
from chalicelib.kernel.money import Fen
from chalicelib.kernel.quote import Quote, QuoteLine
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
    bought = tuple(QuoteLine(sku, quantity, Fen(unit), Fen(off), 0, version) for sku, quantity, unit, off in lines)
    payable = Fen(sum(int(line.payable) for line in bought) + freight)
    quote = Quote(named, customer, 0, bought, address, Fen(freight), payable, 1, False)
    commit(order_steps.open(quote, world.now(), orders.pay_deadline(world.now())))
    return named
