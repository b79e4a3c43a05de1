"""What kinds share that reduce single pieces: each is capped at its own piece, and its surplus goes to no other."""

from __future__ import annotations

from typing import Any

from ..units import Deal, Lack, Stand, off_each
from .kind import OfferKind

PER = ("order", "line")


class PieceKind(OfferKind):
    """Every piece in scope costs less, or so many of the order or of a line."""

    def deal(self, terms: Any, stand: Stand) -> Deal | Lack:
        most, per = self.most_pieces(terms)
        offs = [min(self.each(terms, unit.left), unit.room) for unit in stand.units]
        return chosen(stand, offs, most, per)


def chosen(stand: Stand, offs: list[int], most: int | None, per: str) -> Deal:
    """The pieces that have something off, those first that are picked first, within what an order or a line may have."""
    left = stand.times(most if per == "order" else None, stand.pieces)
    of_line: dict[int, int] = {}
    found = []
    for at in stand.order():
        unit = stand.units[at]
        pieces = min(unit.pieces, left) if offs[at] > 0 else 0
        if per == "line" and most is not None:
            pieces = min(pieces, most - of_line.get(unit.item, 0))
        if pieces > 0:
            of_line[unit.item] = of_line.get(unit.item, 0) + pieces
            left -= pieces
            found.append((at, pieces, offs[at]))
    deal = off_each(stand, found)
    return deal._replace(uses=sum(pieces for _, pieces, _ in deal.taken))
