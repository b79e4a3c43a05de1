"""The cart as its owner sees it: two reads in sequence, today's prices, every problem named, nothing dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kernel.errors import Refusal
from chalicelib.kernel.money import Fen
from chalicelib.records.carts import service as carts
from chalicelib.records.carts.rules import CartFull, Line
from chalicelib.records.catalog import service as catalog
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.pricing import rules as pricing
from chalicelib.records.pricing import service as tariffs
from chalicelib.runtime import table
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.http import amount

from ..rules import MOST_SHOWN, LineOffSale
from ..shapes import CartLineView, CartView, ProblemView
from .browse import address


def cart_view(caller: Caller) -> CartView:
    """The caller's cart."""
    lines = carts.lines(caller.id)
    skus = [line.sku for line in lines]
    found = table.batch([catalog.wanted(s) for s in skus] + [inventory.wanted(s) for s in skus]) if skus else []
    rows, firsts = found[: len(skus)], found[len(skus) :]
    levels = inventory.levels(skus, firsts)

    problems = {
        line.sku: _problems(line, row, levels[line.sku], place < carts.most_lines())
        for place, (line, row) in enumerate(zip(lines, rows, strict=True))
    }
    bought = [
        pricing.PriceLine(line.sku, line.quantity, row.price)
        for line, row in zip(lines, rows, strict=True)
        if line.selected and not problems[line.sku]
    ]
    rule = tariffs.freight_rule()
    priced = pricing.price(bought, freight=rule)
    costs = {line.sku: line for line in priced.lines}
    to_free = rule.free_from - priced.goods
    return CartView(
        lines=[
            _line(line, row, levels[line.sku], problems[line.sku], costs, caller.language)
            for line, row in zip(lines, rows, strict=True)
        ],
        pieces=sum(line.quantity for line in lines),
        selected_pieces=sum(line.quantity for line in bought),
        goods=amount(priced.goods), freight=amount(priced.freight), payable=amount(priced.payable),
        to_free_freight=amount(to_free) if bought and priced.freight and to_free > 0 else None,
        can_quote=bool(bought) and not any(problems[line.sku] for line in lines if line.selected),
    )  # fmt: skip


def _problems(line: Line, row: Any, level: inventory.StockLevel, within: bool) -> Sequence[Refusal]:
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


def _line(
    line: Line, row: Any, level: inventory.StockLevel, problems: Sequence[Refusal], costs: Mapping[str, pricing.PricedLine],
    language: str,
) -> CartLineView:  # fmt: skip
    unit: Fen | None = row.price if row is not None else None
    cost = costs.get(line.sku)
    off = cost.off if cost is not None else Fen(0)
    return CartLineView(
        sku=line.sku, product=line.sku[:-2], title_zh=row.title_zh if row is not None else "", picture=_picture(row),
        title_en=row.title_en if row is not None else "", quantity=line.quantity, selected=line.selected,
        unit=None if unit is None else amount(unit), discount=None if unit is None else amount(off),
        payable=None if unit is None else amount(unit * line.quantity - off),
        available=0 if level.closed else max(0, min(MOST_SHOWN, level.available)),
        problems=[
            ProblemView(code=problem.code, title=problem.message(language), left=problem.params.get("left"))
            for problem in problems
        ],
    )  # fmt: skip


def _picture(row: Any) -> str | None:
    return address(row.picture) if row is not None else None
