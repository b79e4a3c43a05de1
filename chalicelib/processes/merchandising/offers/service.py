"""Offers' use cases for the shop's own people.

Guarantees: what is published is exactly the version that was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.records.catalog.rules import StaleVersion
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.service import OfferDraft
from chalicelib.runtime.work import Work


def draft(document: Mapping[str, Any], work: Work) -> str:
    """Set up an offer that nobody gets yet; returns its id."""
    return offers.draft(document, work)


def edit(offer_id: str, seen: int, document: Mapping[str, Any], work: Work) -> OfferDraft:
    """Make another version of an offer. Raises OfferNotFound, StaleVersion."""
    head = offers.find(offer_id)
    if head.version != seen:
        raise StaleVersion()
    version = offers.edit(offer_id, seen, document, work)
    return OfferDraft(head, version, document, work.caller.id, work.now)


def publish(offer_id: str, seen: int, work: Work) -> None:
    """Let an offer hold as the version that was seen says. Raises OfferNotFound, StaleVersion."""
    said = offers.read(offer_id)
    if said.version != seen:
        raise StaleVersion()
    offers.publish(said, {}, {}, work)


def show(offer_id: str) -> tuple[OfferDraft, OfferDraft | None]:
    """What an offer's latest version says, and what is published where that is another. Raises OfferNotFound."""
    latest = offers.read(offer_id)
    live = latest.head.live
    return latest, offers.read(offer_id, live) if live not in (None, latest.version) else None
