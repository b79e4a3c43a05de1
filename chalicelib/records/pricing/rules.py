"""What lines cost, and how that falls on lines and units. Pure: amounts are fen, rates basis points.

Guarantees: the parts add up to the whole to the fen; a discount never exceeds what it is taken from; nothing is ever
negative; every applied discount names its reason. Offers work in two lanes: of those on a line's price the best one
wins, then those on the order build on the result, in the order in which they are given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from chalicelib.kernel.money import Fen, total


class PriceLine(NamedTuple):
    """A SKU to be priced: pieces (1 or more) and the price of one."""

    sku: str
    quantity: int
    unit: Fen


Kind = Literal["price", "percent", "amount"]


class Offer(NamedTuple):
    """A reduction that holds now. `skus` None means everything.

    price: a piece costs `value` fen. percent: a piece costs `value` basis points of its price (9折 is 9000).
    amount: `value` fen off the sum of the lines it covers. Whoever hands offers in has judged time and customer.
    """

    id: str
    kind: Kind
    value: int
    skus: frozenset[str] | None = None

    def covers(self, sku: str) -> bool:
        return self.skus is None or sku in self.skus


class Reason(NamedTuple):
    """Why a line costs less: the offer and its whole discount on that line."""

    sku: str
    offer: str
    off: Fen


class PricedLine(NamedTuple):
    """A line with its whole discount and its share of the freight."""

    sku: str
    quantity: int
    unit: Fen
    off: Fen
    freight: Fen

    @property
    def gross(self) -> Fen:
        """Before discounts."""
        return self.unit * self.quantity

    @property
    def payable(self) -> Fen:
        """After discounts, without freight."""
        return self.gross - self.off


class Priced(NamedTuple):
    """The whole: `goods` after discounts, `payable` with freight."""

    lines: tuple[PricedLine, ...]
    goods: Fen
    freight: Fen
    payable: Fen
    reasons: tuple[Reason, ...]


class FreightRule(NamedTuple):
    """A flat fee, waived when the goods after discounts reach `free_from`."""

    fee: Fen
    free_from: Fen

    def of(self, goods: Fen) -> Fen:
        """The freight of an order."""
        return Fen(0) if goods >= self.free_from else self.fee


FREE = FreightRule(Fen(0), Fen(0))


def price(lines: Sequence[PriceLine], offers: Sequence[Offer] = (), freight: FreightRule = FREE) -> Priced:
    """Price an order. Two lines of one SKU are priced each for itself."""
    offs, reasons = _line_lane(lines, offers)
    more = _order_lane(lines, offs, [offer for offer in offers if offer.kind == "amount"])
    goods = total([_left(line, off) for line, off in zip(lines, offs, strict=True)])
    fee = freight.of(goods) if lines else Fen(0)
    shares = spread_freight(fee, lines, offs)
    priced = tuple(
        PricedLine(line.sku, line.quantity, line.unit, off, share)
        for line, off, share in zip(lines, offs, shares, strict=True)
    )
    return Priced(priced, goods, fee, goods + fee, tuple(reasons + more))


def spread_freight(freight: Fen, lines: Sequence[PriceLine], offs: Sequence[Fen]) -> list[Fen]:
    """The freight over the lines by what is paid for them; by pieces when nothing is."""
    weights = [int(_left(line, off)) for line, off in zip(lines, offs, strict=True)]
    return freight.share(weights if any(weights) else [line.quantity for line in lines])


def _line_lane(lines: Sequence[PriceLine], offers: Sequence[Offer]) -> tuple[list[Fen], list[Reason]]:
    offs, reasons = [], []
    for line in lines:
        found = [
            (_off_a_piece(line, offer), offer) for offer in offers if offer.kind in PIECE and offer.covers(line.sku)
        ]
        best, offer = max(found, key=lambda pair: pair[0], default=(Fen(0), None))
        offs.append(best * line.quantity)
        if offer is not None and best:
            reasons.append(Reason(line.sku, offer.id, best * line.quantity))
    return offs, reasons


def _order_lane(lines: Sequence[PriceLine], offs: list[Fen], offers: Sequence[Offer]) -> list[Reason]:
    """Take each offer off the lines it covers, by what is still to be paid for them; adds to `offs`."""
    reasons = []
    for offer in offers:
        left = [_left(line, off) if offer.covers(line.sku) else Fen(0) for line, off in zip(lines, offs, strict=True)]
        cut = min(Fen(max(0, offer.value)), total(left))
        for i, part in enumerate(cut.share([int(fen) for fen in left])):
            offs[i] += part
            if part:
                reasons.append(Reason(lines[i].sku, offer.id, part))
    return reasons


def _left(line: PriceLine, off: Fen) -> Fen:
    return line.unit * line.quantity - off


def _off_a_piece(line: PriceLine, offer: Offer) -> Fen:
    """How much less a piece costs: never more than its price, never less than nothing."""
    return Fen(min(int(line.unit), max(0, int(line.unit - PIECE[offer.kind](line.unit, offer.value)))))


def _fixed(_unit: Fen, value: int) -> Fen:
    return Fen(value)


def _percent(unit: Fen, basis_points: int) -> Fen:
    """The part that is left, half up to the fen; a price above nothing stays above nothing."""
    left = unit.percent(max(0, basis_points))
    return Fen(1) if not left and unit and basis_points > 0 else left


PIECE: Mapping[str, Callable[[Fen, int], Fen]] = {"price": _fixed, "percent": _percent}
