"""The worker of care: it looks for whoever waits for goods that are back or cheaper, for tickets that wait too
long, and follows orders from their payment to what people say of them."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.kernel.clock import instant
from chalicelib.records.care.events import SurveyAnswered
from chalicelib.records.care.service import surveys
from chalicelib.records.catalog.events import ProductPublished, SkuPriceChanged
from chalicelib.records.identity.accounts.service.consents import PERSONALISATION
from chalicelib.records.identity.events import UserConsentChanged
from chalicelib.records.inventory.events import StockLevelChanged
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.orders.events import OrderAnnulled, OrderPaid, OrderRevived
from chalicelib.records.payments.events import RefundSucceeded
from chalicelib.records.promotions.events import OfferPublished
from chalicelib.records.shipping.events import ShipmentDelivered
from chalicelib.records.tickets.events import TicketAnswerDue
from chalicelib.records.tickets.service import matters
from chalicelib.records.watching import service as watching
from chalicelib.records.watching.events import WatchCheckDue, WatchOfferDue, WatchPageDue
from chalicelib.records.watching.rules import PRICE, STOCK
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .aftercare.service import accompanying
from .watches.service import telling

bp = Blueprint(__name__)
worker = consumer(bp, "care", concurrency=4)


# ---- who waits for goods --------------------------------------------------------------------------------------------
@worker.on(StockLevelChanged, keyed=False)
def back(fact: StockLevelChanged, work: Work) -> None:
    """There is some of a SKU where everybody can have it."""
    if fact.available > 0 and not fact.closed and sourcing.sells(fact.location):
        telling.tell_page(WatchPageDue(STOCK, fact.sku, 0), work)


@worker.on(SkuPriceChanged, keyed=False)
def cheaper(fact: SkuPriceChanged, work: Work) -> None:
    """A SKU costs less than before."""
    if fact.before is not None and fact.after < fact.before:
        telling.tell_page(WatchPageDue(PRICE, fact.sku, fact.after), work)


@worker.on(ProductPublished)
def arrived(fact: ProductPublished, work: Work) -> None:
    """Something is new in a category."""
    telling.arrived(fact.product, work)


@worker.on(WatchPageDue)
def next_page(fact: WatchPageDue, work: Work) -> None:
    """The next of those who wait."""
    telling.tell_page(fact, work)


@worker.on(WatchCheckDue)
def check(fact: WatchCheckDue, work: Work) -> None:
    """Somebody began to wait a minute ago."""
    telling.check(fact, work)


@worker.on(OfferPublished)
def await_offer(fact: OfferPublished, work: Work) -> None:
    """An offer will hold."""
    telling.await_offer(fact, work)


@worker.on(WatchOfferDue)
def tell_offer(fact: WatchOfferDue, work: Work) -> None:
    """An offer holds."""
    telling.tell_offer(fact, work)


# ---- tickets --------------------------------------------------------------------------------------------------------
@worker.on(TicketAnswerDue)
def overdue(fact: TicketAnswerDue, work: Work) -> None:
    """The time to answer ran out."""
    matters.breach(fact.ticket_id, fact.turn, work)


# ---- what follows an order ------------------------------------------------------------------------------------------
def paid(fact: OrderPaid | OrderRevived, work: Work) -> None:
    """An order is paid."""
    accompanying.paid(fact.order_id, work)


worker.on(OrderPaid)(paid)
worker.on(OrderRevived)(paid)


@worker.on(ShipmentDelivered)
def delivered(fact: ShipmentDelivered, work: Work) -> None:
    """A parcel arrived."""
    accompanying.delivered(fact.order_id, instant(fact.at), work)
    accompanying.remember(fact.order_id, work)


@worker.on(UserConsentChanged)
def consented(fact: UserConsentChanged, work: Work) -> None:
    """Somebody agrees no more that what they bought is kept."""
    if fact.purpose == PERSONALISATION and not fact.granted:
        watching.forget_bought(fact.user_id, work)


def given_back(fact: OrderAnnulled | RefundSucceeded, work: Work) -> None:
    """Money went back."""
    accompanying.given_back(fact.order_id, work)


worker.on(OrderAnnulled)(given_back)
worker.on(RefundSucceeded)(given_back)


@worker.on(SurveyAnswered)
def judge(fact: SurveyAnswered, work: Work) -> None:
    """Somebody said how it pleased them."""
    surveys.judge(fact.sku, work)
