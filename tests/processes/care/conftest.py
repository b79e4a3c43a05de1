"""A counter with a customer; the relay of stock's levels by hand, since no stream runs here."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chalicelib.records.catalog.service import find_product
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockLevelChanged
from tests.records.catalog import goods
from tests.support.counter import counter as counter
from tests.support.counter import fake as fake


@pytest.fixture
def desk(counter):
    """What happens to the shirt's stock and price."""

    def sell(n, pieces):
        made = goods.work()
        made.add(*stock_steps.hold([(counter.skus[n], 0, pieces)]))
        made.commit()
        return level(n)

    def give_back(n, pieces):
        made = goods.work()
        made.add(*stock_steps.release([(counter.skus[n], 0, pieces)]))
        made.commit()
        return level(n)

    def level(n):
        """As the feed of levels tells it."""
        sku, made = counter.skus[n], goods.work()
        shelf = inventory.read_levels([sku])[sku]
        made.publish(StockLevelChanged(sku, "MAIN", shelf.available, shelf.available, shelf.closed, 0))
        made.commit()
        return counter.bus.run()

    def price(n, fen):
        sku = counter.skus[n]
        version = version_of(sku[:27])
        goods.edit_sku(sku, version, goods.article(size="s" if n == 0 else "m", price=fen))
        return counter.bus.run()

    def withdraw(action):
        product = counter.skus[0][:27]
        made = goods.work()
        goods.done(goods.editing.move_product(product, version_of(product), action, made), made)

    return SimpleNamespace(
        withdraw=withdraw, counter=counter, ask=counter.ask, sell=sell, give_back=give_back, level=level, price=price
    )


def version_of(product):
    return find_product(product, consistent=True).product.version
