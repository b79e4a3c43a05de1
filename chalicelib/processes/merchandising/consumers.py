"""The worker of merchandising: what is to be done when an offer begins."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.promotions.events import OfferStartDue
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .offers.service import setting_up

bp = Blueprint(__name__)
worker = consumer(bp, "merchandising", concurrency=2)


@worker.on(OfferStartDue, keyed=False)
def begin_offer(fact: OfferStartDue, work: Work) -> None:
    """What an offer's goods cost before it is known now: its struck-through prices are fixed. A second tick finds the same."""
    setting_up.begin(fact.offer_id, fact.edit, work)
