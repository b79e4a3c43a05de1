"""Prices that a SKU is given: none contradicts another, and what offers need of it stands in its row."""

from __future__ import annotations

import pytest

from chalicelib.records.catalog import service
from chalicelib.records.catalog.rules import FloorTooHigh, ListPriceTooLow
from tests.records.catalog.goods import add_sku, article, edit_sku, product


def test_a_list_price_below_the_price_is_refused_however_it_comes_in(shirts):
    low = article(price=100, list_price=99)
    with pytest.raises(ListPriceTooLow):
        product(shirts, low)
    made = product(shirts, article(price=100, list_price=120))
    with pytest.raises(ListPriceTooLow):
        add_sku(made, low._replace(code="N", options={"colour": "blue", "size": "m"}))
    for said in (low, article(price=121, list_price=120)):
        with pytest.raises(ListPriceTooLow):
            edit_sku(f"{made.id}01", made.version, said)
    edit_sku(f"{made.id}01", made.version, article(price=120, list_price=120))


def test_a_sku_knows_its_floor_and_every_category_that_it_stands_in(shirts):
    made = product(shirts, article(price=100, floor=90))
    row = service.find_sku(f"{made.id}01")
    assert row.floor == 90
    assert (row.places or "").split() == service.find_product(made.id).places
    assert shirts in (row.places or "").split()
    with pytest.raises(FloorTooHigh):
        edit_sku(f"{made.id}01", made.version, article(price=89, floor=90))
