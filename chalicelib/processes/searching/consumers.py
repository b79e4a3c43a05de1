"""Searching's worker: the index follows what happens to products, their stock and the orders that take it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.catalog.events import ProductChanged, ProductPublished, ProductUnpublished
from chalicelib.records.catalog.rules import product_of
from chalicelib.records.inventory.events import BackordersAllowed, StockChanged, StockClosed, StockCounted, StockOpened
from chalicelib.records.orders.events import OrderAnnulled, OrderCancelled, OrderExpired, OrderPlaced, OrderRevived
from chalicelib.records.payments.events import RefundSucceeded
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer, scheduled

from .events import IndexCheckDue
from .service import END, check, given_back, index, sold

bp = Blueprint(__name__)
worker = consumer(bp, "searching", concurrency=2)


def follow_product(fact: ProductPublished | ProductUnpublished | ProductChanged, work: Work) -> None:
    """What is said of a product has changed, or whether it is sold."""
    index([fact.product], work)


worker.on(ProductPublished, keyed=False)(follow_product)
worker.on(ProductUnpublished, keyed=False)(follow_product)
worker.on(ProductChanged, keyed=False)(follow_product)


def follow_stock(fact: StockChanged | StockClosed | StockOpened | BackordersAllowed, work: Work) -> None:
    """There are more or fewer pieces of a SKU, also beyond its stock, or its sale was stopped or goes on."""
    index([product_of(fact.sku)], work)


worker.on(StockChanged, keyed=False)(follow_stock)
worker.on(StockClosed, keyed=False)(follow_stock)
worker.on(StockOpened, keyed=False)(follow_stock)
worker.on(BackordersAllowed, keyed=False)(follow_stock)


@worker.on(StockCounted, keyed=False)
def follow_counts(fact: StockCounted, work: Work) -> None:
    """A source counted some SKUs."""
    index(sorted({product_of(sku) for sku, *_ in fact.changes}), work)


def follow_order(fact: OrderPlaced | OrderRevived, work: Work) -> None:
    """An order holds pieces."""
    sold(fact.order_id, work)


worker.on(OrderPlaced, keyed=False)(follow_order)
worker.on(OrderRevived, keyed=False)(follow_order)


def follow_end(fact: OrderCancelled | OrderExpired | OrderAnnulled | RefundSucceeded, work: Work) -> None:
    """An order's pieces are free again."""
    given_back(fact.order_id, work)


worker.on(OrderCancelled, keyed=False)(follow_end)
worker.on(OrderExpired, keyed=False)(follow_end)
worker.on(OrderAnnulled, keyed=False)(follow_end)
worker.on(RefundSucceeded, keyed=False)(follow_end)


@worker.on(IndexCheckDue)
def check_stretch(fact: IndexCheckDue, work: Work) -> None:
    """The next stretch of the index is compared; delivered again it is not told on twice."""
    check(fact.before, work)


@scheduled(bp, "rate(6 hours)", "search_check")
def begin_check(work: Work) -> None:
    """Compare the whole index with the catalogue: what no fact told of comes right, and a new index is filled."""
    work.publish(IndexCheckDue(END))
