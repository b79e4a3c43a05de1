"""The cart as its owner sees it: two reads in sequence, today's prices, every problem named, nothing dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.rules import BasketChoice
from chalicelib.processes.ordering.service.carriage import carriage
from chalicelib.processes.ordering.service.items import item_of
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
from chalicelib.records.coupons.service.templates import Sheet
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.pricing.rules.freight import Tariffs
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller

from ..rules import LineOffSale
from .deals import claimable_for


class PricedCartLine(NamedTuple):
    """A line with its SKU (None: it is gone), its discount, its stock, and why it cannot be bought as it is."""

    line: Line
    sku: Sku | None
    discount: Fen
    level: inventory.StockLevel
    problems: Sequence[Refusal]


class PricedCart(NamedTuple):
    """A cart, and what its selected lines without problems cost now (None: there are none); `to_free`: what is missing to free
    freight; `claimable`: coupons for some of what can be bought."""

    lines: list[PricedCartLine]
    selected_pieces: int
    basket: PricedBasket | None
    shelf: Wares
    to_free: Fen | None
    can_quote: bool
    claimable: Sequence[Sheet]


def priced_cart(caller: Caller, now: datetime) -> PricedCart:
    """The caller's cart."""
    lines = carts.lines(caller.id)
    known = know(BasketChoice(), caller, now)
    skus = skus_of([(line.sku, line.quantity) for line in lines], known)
    sites = sourcing.selling()
    on = shelf(skus, sites, table.batch(keys(skus, sites)) if skus else [])

    problems = {
        line.sku: _problems(line, on.rows[line.sku], on.levels[line.sku], place < carts.most_lines())
        for place, line in enumerate(lines)
    }
    bought = [(line.sku, line.quantity) for line in lines if line.selected and not problems[line.sku]]
    sending = carriage([on.rows[sku].freight for sku, _ in bought], None).tariffs
    basket = price_basket(bought, on, known, BasketChoice(), caller, caller.id, now, sending) if bought else None
    off = {line.sku: line.off for line in basket.priced.lines[: len(bought)]} if basket else {}
    return PricedCart(
        [
            PricedCartLine(line, on.rows[line.sku], off.get(line.sku, Fen(0)), on.levels[line.sku], problems[line.sku])
            for line in lines
        ],
        sum(pieces for _, pieces in bought),
        basket,
        on,
        _to_free(basket, sending),
        bool(bought)
        and not any(problems[line.sku] for line in lines if line.selected)
        and not (basket and basket.priced.blocked),
        claimable_for([item_of(on.rows[sku], pieces) for sku, pieces in bought], now) if bought else [],
    )


def _to_free(basket: PricedBasket | None, sending: Tariffs) -> Fen | None:
    """What is missing to free freight, where some is paid and everything goes by the usual template."""
    free_from = sending.default.free_from
    if basket is None or not basket.priced.freight or free_from is None or sending.named:
        return None
    missing = free_from - basket.priced.goods
    return missing if missing > 0 else None


def _problems(line: Line, row: Sku | None, level: inventory.StockLevel, within: bool) -> Sequence[Refusal]:
    if row is None or not catalog.offered(row):
        return [LineOffSale()]
    found: list[Refusal] = []
    if level.closed:
        found.append(SaleStopped(**catalog.about(row)))
    elif level.left < line.quantity:
        found.append(OutOfStock(**catalog.about(row), left=level.left))
    if not within:
        found.append(CartFull(most=carts.most_lines()))
    return found
