"""The shop's present tariffs, from its settings, for the arithmetic in `rules`."""

from __future__ import annotations

from chalicelib.kernel.money import Fen
from chalicelib.runtime import settings

from .rules.freight import FreightTemplate

FEE = settings.declare("FREIGHT_FEN", "800", "flat freight of an order, fen")
FREE_FROM = settings.declare("FREIGHT_FREE_FROM_FEN", "9900", "goods after discounts from which freight is free, fen")


def freight_template() -> FreightTemplate:
    """What freight costs now."""
    return FreightTemplate(Fen(settings.number(FEE)), free_from=Fen(settings.number(FREE_FROM)))
