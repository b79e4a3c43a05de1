"""The cart as its owner sees it: two reads in sequence, today's prices, every problem named, nothing dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.rules import BasketChoice
from chalicelib.processes.ordering.service.price_basket import (
    PricedBasket,
    Wares,
    keys,
    know,
    price_basket,
    shelf,
    skus_of,
)
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import CartFull, Line
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.service import Sku
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.pricing import service as pricing
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
    """A cart, and what its selected lines without problems cost now (None: there are none); `to_free`: what is missing to free
    freight."""

    lines: list[PricedCartLine]
    selected_pieces: int
    basket: PricedBasket | None
    shelf: Wares
    to_free: Fen | None
    can_quote: bool


def priced_cart(caller: Caller, now: datetime) -> PricedCart:
    """The caller's cart."""
    lines = carts.lines(caller.id)
    known = know(BasketChoice(), caller, now)
    skus = skus_of([(line.sku, line.quantity) for line in lines], known)
    on = shelf(skus, table.batch(keys(skus)) if skus else [])

    problems = {
        line.sku: _problems(line, on.rows[line.sku], on.levels[line.sku], place < carts.most_lines())
        for place, line in enumerate(lines)
    }
    bought = [(line.sku, line.quantity) for line in lines if line.selected and not problems[line.sku]]
    basket = price_basket(bought, on, known, BasketChoice(), caller, caller.id, now) if bought else None
    off = {line.sku: line.off for line in basket.priced.lines[: len(bought)]} if basket else {}
    return PricedCart(
        [
            PricedCartLine(
                line, on.rows[line.sku], off.get(line.sku, Fen(0)), _available(on.levels[line.sku]), problems[line.sku]
            )
            for line in lines
        ],
        sum(pieces for _, pieces in bought),
        basket,
        on,
        _to_free(basket),
        bool(bought) and not any(problems[line.sku] for line in lines if line.selected),
    )


def _to_free(basket: PricedBasket | None) -> Fen | None:
    """What is missing to free freight, where some is paid."""
    free_from = pricing.freight_template().free_from
    if basket is None or not basket.priced.freight or free_from is None:
        return None
    missing = free_from - basket.priced.goods
    return missing if missing > 0 else None


def _available(level: inventory.StockLevel) -> int:
    return 0 if level.closed else max(0, min(MOST_SHOWN, level.available))


def _problems(line: Line, row: Sku | None, level: inventory.StockLevel, within: bool) -> Sequence[Refusal]:
    if not catalog.offered(row):
        return [LineOffSale()]
    found: list[Refusal] = []
    if level.closed:
        found.append(SaleStopped(sku=line.sku))
    elif level.available < line.quantity:
        found.append(OutOfStock(sku=line.sku, left=level.left))
    if not within:
        found.append(CartFull(most=carts.most_lines()))
    return found
