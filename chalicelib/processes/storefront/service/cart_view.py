"""The cart as its owner sees it: two reads in sequence, today's prices, every problem named, nothing dropped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service.priced import item
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import CartFull, Line
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Sku
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.pricing.rules.price import Priced, Purchase, price
from chalicelib.records.pricing.service import freight_template
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller

from ..rules import MOST_SHOWN, LineOffSale


class PricedCartLine(NamedTuple):
    """A line with its SKU (None: it is gone), its discount, how many may be had, and why it cannot be bought as it is."""

    line: Line
    sku: Sku | None
    discount: Fen
    available: int
    problems: Sequence[Refusal]


class PricedCart(NamedTuple):
    """A cart, and what its selected lines without problems cost now; `to_free`: what is missing to free freight."""

    lines: list[PricedCartLine]
    selected_pieces: int
    priced: Priced
    to_free: Fen | None
    can_quote: bool


def priced_cart(caller: Caller) -> PricedCart:
    """The caller's cart."""
    lines = carts.lines(caller.id)
    skus = [line.sku for line in lines]
    found = table.batch([catalog.key(s) for s in skus] + [inventory.key(s) for s in skus]) if skus else []
    rows, firsts = found[: len(skus)], found[len(skus) :]
    levels = inventory.levels(skus, firsts)

    problems = {
        line.sku: _problems(line, row, levels[line.sku], place < carts.most_lines())
        for place, (line, row) in enumerate(zip(lines, rows, strict=True))
    }
    bought = [
        item(line.sku, line.quantity, row)
        for line, row in zip(lines, rows, strict=True)
        if line.selected and not problems[line.sku]
    ]
    template = freight_template()
    priced = price(Purchase(bought, freight=template))
    off = {line.sku: line.off for line in priced.lines}
    to_free = (template.free_from or Fen(0)) - priced.goods
    return PricedCart(
        [
            PricedCartLine(line, row, off.get(line.sku, Fen(0)), _available(levels[line.sku]), problems[line.sku])
            for line, row in zip(lines, rows, strict=True)
        ],
        sum(line.quantity for line in bought),
        priced,
        to_free if bought and priced.freight and to_free > 0 else None,
        bool(bought) and not any(problems[line.sku] for line in lines if line.selected),
    )


def _available(level: inventory.StockLevel) -> int:
    return 0 if level.closed else max(0, min(MOST_SHOWN, level.available))


def _problems(line: Line, row: Sku | None, level: inventory.StockLevel, within: bool) -> Sequence[Refusal]:
    if not catalog.offered(row):
        return [LineOffSale()]
    found: list[Refusal] = []
    if level.closed:
        found.append(SaleStopped(sku=line.sku))
    elif level.available < line.quantity:
        found.append(OutOfStock(sku=line.sku, left=level.available))
    if not within:
        found.append(CartFull(most=carts.most_lines()))
    return found
