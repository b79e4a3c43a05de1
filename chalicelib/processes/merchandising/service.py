"""What comes onto the shelf and goes off it: the catalogue and the stock change in one transaction.

Guarantees: a new SKU has a stock record; a SKU's stock is closed while the catalogue says that it may not be bought, for
whatever reason, and open while it may; so what is taken off sale or stopped cannot be held by any order from that commit
on, whatever quotes are out.
"""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.records.catalog.rules import Listing, SkuData
from chalicelib.records.catalog.service import editing
from chalicelib.records.catalog.service.editing import Outcome
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory import steps as stock_steps
from chalicelib.records.inventory.events import StockClosed, StockOpened
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import TEMPLATES
from chalicelib.runtime.table import Step
from chalicelib.runtime.work import Work

ROOM = 44  # stock rows beside a product, 40 SKUs, 12 cards, the journal's row and the two of the caller's session
AT_ONCE = 98  # beside these two


def stock_up(listing: Listing, articles: Sequence[tuple[SkuData, int]], work: Work, *, product_id: str) -> Outcome:
    """A new product, a draft, with its SKUs and their first pieces."""
    outcome = editing.add_product(listing, [article for article, _ in articles], work, product_id=product_id)
    for sku, (_, pieces) in zip(outcome.new, articles, strict=True):
        work.add(*stock_steps.receive(sku, pieces, stop=outcome.stops[sku]))
    return outcome


def add_skus(product_id: str, version: int, articles: Sequence[SkuData], work: Work) -> Outcome:
    """Add SKUs to a product; their shelves are empty until stock is counted in. Raises TariffNotFound."""
    _check_freight(articles)
    outcome = editing.add_skus(product_id, version, articles, work)
    for sku in outcome.new:
        work.add(*stock_steps.receive(sku, 0, stop=outcome.stops[sku]))
    return outcome


def edit_sku(sku: str, version: int, article: SkuData, work: Work) -> Outcome:
    """Replace what is said of a SKU; taken off sale, its stock closes with it. Raises TariffNotFound."""
    _check_freight([article])
    return _with_stock(editing.edit_sku(sku, version, article, work), work)


def _check_freight(articles: Sequence[SkuData]) -> None:
    for name in sorted({article.freight for article in articles if article.freight}):
        tariffs.find(TEMPLATES, name)


def move_product(product_id: str, version: int, action: str, work: Work) -> Outcome:
    """Publish, withdraw or archive a product; its stock opens and closes with it."""
    return _with_stock(editing.move_product(product_id, version, action, work), work)


def stop_sale(sku: str, reason: str, work: Work) -> None:
    """Stop selling a SKU at once, whatever else is said of it and whoever is editing it.

    Raises SkuNotFound, ProductStateConflict.
    """
    _set_stop(sku, reason, StockClosed(sku, reason), work)


def resume_sale(sku: str, work: Work) -> None:
    """Lift the stop of a SKU's sale; it is sold again if it is on sale. Raises SkuNotFound, ProductStateConflict."""
    _set_stop(sku, None, StockOpened(sku), work)


def _set_stop(sku: str, reason: str | None, fact: StockClosed | StockOpened, work: Work) -> None:
    outcome = editing.stop_sale(sku, reason, work)
    if outcome is not None:
        _with_stock(outcome, work)
        work.publish(fact)


def _with_stock(outcome: Outcome, work: Work) -> Outcome:
    steps = stock_steps.set_stops(inventory.bucket_rows(*outcome.stops), outcome.stops)
    _beforehand(steps[ROOM:], work)
    work.add(*steps[:ROOM])
    return outcome


def _beforehand(steps: Sequence[Step], work: Work) -> None:
    """What does not fit the transaction is closed or opened just before it: many buckets of many warm SKUs. Commits."""
    for i in range(0, len(steps), AT_ONCE):
        own = work.separate()
        own.standing, own.checked = work.standing, work.checked
        own.add(*steps[i : i + AT_ONCE])
        own.commit()
