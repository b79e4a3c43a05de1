"""What pricing knows of the present shop: tariffs and points from its settings, and offers read from documents once each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.runtime import observe, settings
from chalicelib.runtime.memory import Memory

from .rules import offers
from .rules.freight import FreightTemplate
from .rules.offers import Offer, Offers
from .rules.reading import OfferInvalid

FEE = settings.declare("FREIGHT_FEN", "800", "flat freight of an order, fen")
FREE_FROM = settings.declare("FREIGHT_FREE_FROM_FEN", "9900", "goods after discounts from which freight is free, fen")

OFFER_UNREADABLE = observe.alarmed(
    "OfferUnreadable",
    "A published offer cannot be read by this version of the shop and holds for nobody; the log says which",
)

_compiled: Memory[str, tuple[int, Offers]] = Memory(1)
_read: Memory[tuple[str, int], Offer] = Memory(1000)


def freight_template() -> FreightTemplate:
    """What freight costs now."""
    return FreightTemplate(Fen(settings.number(FEE)), free_from=Fen(settings.number(FREE_FROM)))


def compiled(version: int, documents: Sequence[Mapping[str, Any]]) -> Offers:
    """The offers of a snapshot, read once a version of it. One that this version of the shop cannot read is left out and told
    of: it keeps nobody from buying."""
    kept = _compiled.get("")
    if kept is None or kept[0] != version:
        kept = version, Offers(offer for document in documents if (offer := readable(document)) is not None)
        _compiled.put("", kept)
    return kept[1]


def readable(document: Mapping[str, Any]) -> Offer | None:
    """The offer of a document; None, told of, where this version of the shop cannot read it."""
    try:
        return offers.parse(document)
    except OfferInvalid as wrong:
        observe.logger().error("offer unreadable", offer=document.get("id"), at=wrong.at, problem=wrong.problem)
        observe.count(OFFER_UNREADABLE)
        return None


def offer_of(document: Mapping[str, Any]) -> Offer:
    """The offer of a document with `id` and `version`, which never says anything else."""
    key = document["id"], document["version"]
    offer = _read.get(key)
    if offer is None:
        offer = offers.parse(document)
        _read.put(key, offer)
    return offer


def forget() -> None:
    """Read documents again next time."""
    _compiled.forget()
    _read.forget()
