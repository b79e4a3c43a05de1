"""A small shop to look at: one shirt in two colours, on the shelf and in stock."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from chalicelib.processes.merchandising import service as shelve
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.runtime import clients
from tests.records.catalog.goods import FABRIC, article, category, done, listing, work


@pytest.fixture
def shirts(engine) -> str:
    return category("shirts", None, FABRIC)


@pytest.fixture
def shop(shirts) -> SimpleNamespace:
    """The shirt: `red` with 5 pieces at ¥99.00, `blue` with 200 at ¥120.00 instead of ¥150.00."""
    product_id, made = work().new_id("P"), work()
    blue = article("blue", price=12_000, list_price=15_000, picture="f" * 32)
    outcome = shelve.stock_up(listing(shirts), [(article(), 5), (blue, 200)], made, product_id=product_id)
    outcome = done(outcome, made)
    made = work()
    outcome = done(shelve.move_product(product_id, outcome.version, "publish", made), made)
    return SimpleNamespace(
        id=product_id, version=outcome.version, red=f"{product_id}01", blue=f"{product_id}02", category=shirts
    )


@pytest.fixture
def calls(engine) -> Iterator[list[str]]:
    """The names of the calls made to DynamoDB."""
    made: list[str] = []
    events, name = clients.client("dynamodb").meta.events, "before-call.dynamodb"
    listen = lambda model, **_: made.append(model.name)
    events.register(name, listen)
    yield made
    events.unregister(name, listen)


def sell(sku: str, pieces: int) -> None:
    made = work()
    made.add(*stock_steps.hold([(sku, 0, pieces)]))
    made.commit()
