"""Baskets and offers as tests write them: `basket("2xA@1000 B@50")`, `offer("amount", "shop", off_fen=1000)`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from chalicelib.kernel.bill import QuoteLine
from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.goods import Item
from chalicelib.records.pricing.rules.offers import CouponInHand, Offer, Offers, parse
from chalicelib.records.pricing.rules.price import Priced, Purchase, price

NOW = 1_790_000_000_000


def basket(written: str, **more: dict[str, Any]) -> list[Item]:
    """`2xA@1000`: two pieces of A at 10.00; `^900` is a floor. `more`: fields by SKU. A product and a category stand for each."""
    items = []
    for word in written.split():
        found = re.fullmatch(r"(?:([0-9]+)x)?(\w+)@([0-9]+)(?:\^([0-9]+))?", word)
        assert found, word
        pieces, sku, unit, floor = found.groups()
        fields = {"product": f"P-{sku}", "categories": frozenset({f"C-{sku[0]}"})} | more.get(sku, {})
        items.append(Item(sku, int(pieces or 1), Fen(int(unit)), floor=Fen(int(floor or 0)), **fields))
    return items


def document(kind: str, lane: str, *skus: str, top: dict[str, Any] | None = None, **terms: Any) -> dict[str, Any]:
    """What an operator sends: for these SKUs, or for all; `top` are fields beside the terms."""
    scope: dict[str, Any] = {"skus": list(skus)} if skus else {"all": True}
    name = {"zh": "优惠", "en": "Offer"}
    return {"id": kind, "version": 1, "name": name, "lane": lane, "kind": kind, "terms": terms, "scope": scope} | (
        top or {}
    )


def offer(kind: str, lane: str, *skus: str, **terms: Any) -> Offer:
    """The same, read."""
    return parse(document(kind, lane, *skus, **terms))


def coupon(
    kind: str, *skus: str, id: str = "U1", lane: str = "coupon", ends: int | None = None, **terms: Any
) -> CouponInHand:
    """A coupon in hand."""
    return CouponInHand(id, offer(kind, lane, *skus, **terms), ends)


def buy(
    items: Sequence[Item], *offers: Offer, coupons: Sequence[CouponInHand] = (), points: int = 0, **more: Any
) -> Priced:
    """The price of a basket."""
    return price(Purchase(items, Offers(offers), **({"at": NOW} | more)), coupons, points)


def offs(priced: Priced) -> list[int]:
    """What is off every line."""
    return [int(line.off) for line in priced.lines]


def by_offer(priced: Priced) -> list[list[int]]:
    """For every layer, what it takes off each line."""
    return [[int(line.off_by(at)) for line in priced.lines] for at in range(len(priced.layers))]


def expanded(lines: Iterable[QuoteLine]) -> list[int]:
    """What is paid for every single piece."""
    return [int(run.goods) for line in lines for run in line.runs for _ in range(run.pieces)]


def told(priced: Priced) -> dict[str, str]:
    """By offer, the code of what became of it."""
    return {outcome.offer: outcome.code for outcome in priced.outcomes}
