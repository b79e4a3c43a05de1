"""Offers' use cases for the shop's own people.

Guarantees: what is kept can be priced, and names goods that there are; what is published is exactly the version that was seen,
lawful (`lawful.judged`) at that moment, and within what one person may do alone, unless two agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.records.catalog.rules import StaleVersion
from chalicelib.records.pricing.rules import offers as pricing
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.service import OfferDraft, Publication
from chalicelib.runtime import settings
from chalicelib.runtime.work import Work

from .. import rules
from . import depth, goods, lawful

SOLO_BUDGET = settings.declare(
    "OFFER_SOLO_BUDGET_FEN", "5000000", "the budget of an offer, fen, up to which one person publishes it alone"
)
KIND = "offer"  # of a proposal


def draft(document: Mapping[str, Any], work: Work) -> str:
    """Set up an offer that nobody gets yet; returns its id. Raises as `lawful.checked`."""
    lawful.checked(document)
    return offers.draft(document, work)


def edit(offer_id: str, seen: int, document: Mapping[str, Any], work: Work) -> OfferDraft:
    """Make another version of an offer. Raises OfferNotFound, StaleVersion, and as `lawful.checked`."""
    head = offers.find(offer_id)
    if head.version != seen:
        raise StaleVersion()
    lawful.checked(document)
    version = offers.edit(offer_id, seen, document, work)
    return OfferDraft(head, version, document, work.caller.id, work.now)


def publish(offer_id: str, seen: int, work: Work, *, agreed: bool = False) -> None:
    """Let an offer hold as the version that was seen says; `agreed`: by two people.

    Raises OfferNotFound, StaleVersion, SecondPersonNeeded, and as `lawful.judged`.
    """
    said = offers.read(offer_id)
    if said.version != seen:
        raise StaleVersion()
    told = lawful.judged(said, work.now)
    if not agreed:
        _modest(told)
    offers.publish(said, told, work)


def begin(offer_id: str, version: int, work: Work) -> None:
    """Fix the struck-through prices of an offer that begins, unless it was edited, ended or killed since."""
    said = offers.read(offer_id, version)
    if said.head.live == version and offers.state_of(said.head, work.now) == "published":
        offers.refer(offer_id, lawful.begun(said, work.now), work)


def _modest(told: Publication) -> None:
    """Raises SecondPersonNeeded for what takes off more, or may cost more, than one person decides."""
    budget = settings.number(SOLO_BUDGET)
    depth.require_modest(_depth(told), KIND)
    if (told.document["limits"]["budget_fen"] or 0) > budget:
        raise SecondPersonNeeded(kind=KIND, limit=f"{budget} fen")


def _depth(told: Publication) -> int:
    """The largest part of a price that is off, in basis points: as it is for goods that are named, else as terms tell."""
    document = told.document
    if not told.skus:
        return depth.depth(document)
    offer, named = pricing.parse(document), goods.skus(told.skus)
    return max(rules.part(sku.price - lawful.made_of(offer, sku)(sku.price), sku.price) for sku in named.values())


# ---- for the second person ------------------------------------------------------------------------------------------


def stands(offer_id: str, now: datetime) -> dict[str, Any]:
    """Where an offer is, as a proposal to publish it keeps it. Raises OfferNotFound."""
    head = offers.find(offer_id)
    return {"version": head.version, "live": head.live, "state": offers.state_of(head, now)}


# ---- reading --------------------------------------------------------------------------------------------------------


def show(offer_id: str) -> tuple[OfferDraft, OfferDraft | None]:
    """What an offer's latest version says, and what is published where that is another. Raises OfferNotFound."""
    latest = offers.read(offer_id)
    live = latest.head.live
    return latest, offers.read(offer_id, live) if live not in (None, latest.version) else None
