"""The worked example of docs/pricing.md is what the engine says."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.kinds import KINDS
from chalicelib.records.pricing.rules.offers import LANES, Shopper
from chalicelib.records.pricing.rules.points import PointsRule
from tests.records.pricing.shelf import basket, buy, coupon, offer

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "pricing.md").read_text(encoding="utf-8")
OFFERS = [
    offer("price", "price", "A", price_fen=8500),
    offer("threshold", "shop", by="fen", tiers=[{"at": 20000, "off_fen": 3000}], top={"id": "shop"}),
    offer(
        "threshold", "campaign", by="fen", repeat=True, tiers=[{"at": 10000, "off_fen": 500}], top={"id": "campaign"}
    ),
]
GOLD = Shopper("gold", 9000, points=1000)
POST = Tariffs(FreightTemplate(Fen(800), free_from=Fen(9900)))


def rows() -> list[list[str]]:
    """The lines of the example's table, below its head."""
    example = PAGE[PAGE.index("## An example") :]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in example.splitlines() if line.startswith("| ")
    ][1:]


def test_the_worked_example_is_what_the_engine_says():
    priced = buy(
        basket("2xA@10000 B@3335"),
        *OFFERS,
        coupons=[coupon("percent", pay_bp=9500)],
        points=1000,
        points_rule=PointsRule(100),
        shopper=GOLD,
        freight=POST,
    )
    lamps, mug = [], []
    for taken in range(len(priced.layers) + 1):
        lamps.append([int(run.unit - sum(run.offs[:taken])) for run in priced.lines[0].runs for _ in range(run.pieces)])
        mug.append(int(priced.lines[1].runs[0].unit - sum(priced.lines[1].runs[0].offs[:taken])))
    lamps.append([int(run.goods) for run in priced.lines[0].runs for _ in range(run.pieces)])
    mug.append(int(priced.lines[1].runs[0].goods))
    table = rows()
    for (_, _, _, lamp, cup, whole), found, one in zip(table[:-1], lamps, mug, strict=True):
        assert [int(fen) for fen in re.findall("[0-9]+", lamp)] == sorted(set(found))
        assert (int(cup), int(whole)) == (one, sum(found) + one)
    for before, row in pairwise(table):
        assert int(row[2] or 0) == int(before[5]) - int(row[5])
    assert [int(row[2]) for row in table[1:6]] == [int(layer.off) for layer in priced.layers]
    assert int(table[-1][5]) == priced.payable == 14677


def test_the_page_names_every_lane():
    for lane in LANES:
        assert re.search(rf"\| [^|]*{lane.replace('_', ' ')}", PAGE), lane


def test_the_page_names_every_kind():
    assert [kind for kind in KINDS if f"`{kind}`" not in PAGE] == []
