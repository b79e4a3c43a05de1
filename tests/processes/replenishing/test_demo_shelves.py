"""What the demo shop shows of replenishment: a shelf that is low, one with too much on it, a season; and nothing twice."""

from __future__ import annotations

from chalicelib.records.replenishment import service as shelves
from chalicelib.records.replenishment.model import DaySold
from chalicelib.records.replenishment.seasons import service as seasons
from local.demo import filling, replenishment, stock
from tests.support import aws


def test_a_visitor_finds_a_shelf_that_is_low_one_with_too_much_and_a_season(engine):
    pieces = lambda product: [count for _, count in product.articles]
    goods = list(stock.every())
    low = next(one for one in goods if any(10 <= count <= 40 for count in pieces(one)))
    over = next(one for one in goods if max(pieces(one)) >= 200)
    few = list({one.id: one for one in (low, over)}.values())
    filling.open_categories()
    for product in few:
        filling.shelve_product(product)
    for _ in range(2):
        replenishment.fill(few)
    (one,), _ = shelves.at_level("low", 9, None)
    (much,), _ = shelves.at_level("overstock", 9, None)
    assert one.place.split("@")[0][:-2] == low.id
    assert (shelves.expected(one).weeks, shelves.expected(much).weeks) == (52, 52)
    assert len([row for row in aws.rows(DaySold) if row.part.startswith("d#")]) == 28
    (plan,), _ = seasons.in_state("active", 9, None)
    assert plan.skus == one.place.split("@")[0]
