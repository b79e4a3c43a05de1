"""Who bears the freight, by example."""

from __future__ import annotations

import pytest

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules import PriceLine, spread_freight


def test_each_line_bears_freight_by_what_is_paid_for_it():
    lines = [PriceLine("A", 2, Fen(500)), PriceLine("B", 1, Fen(1000)), PriceLine("C", 4, Fen(0))]
    assert spread_freight(Fen(800), lines, [Fen(0), Fen(0), Fen(0)]) == [400, 400, 0]
    assert spread_freight(Fen(800), lines, [Fen(1000), Fen(0), Fen(0)]) == [0, 800, 0]
    assert spread_freight(Fen(700), lines, [Fen(1000), Fen(1000), Fen(0)]) == [200, 100, 400]


def test_discounts_of_other_lines_are_refused():
    with pytest.raises(ValueError, match="zip"):
        spread_freight(Fen(8), [PriceLine("A", 1, Fen(5))], [])
