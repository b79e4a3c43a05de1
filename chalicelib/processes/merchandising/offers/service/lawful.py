"""What an offer's struck-through prices are, and whether it may be published.

Guarantees: an offer that makes single pieces cheaper names its SKUs once it is published, and makes each cheaper than its base:
the list price where the offer says so, else the lowest price of the seven days before it starts, of which what former offers
made of it is part; that base is fixed at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from chalicelib.kernel.money import Fen
from chalicelib.processes.ordering.service.items import item_of
from chalicelib.records.catalog.service import Sku, reading
from chalicelib.records.pricing.rules import offers as pricing
from chalicelib.records.pricing.rules.goods import EVERYTHING
from chalicelib.records.pricing.rules.kinds.add_on import AddOn
from chalicelib.records.pricing.rules.offers import Audience, Needs, Offer, OfferLimits, Offers
from chalicelib.records.pricing.rules.price import Purchase, price
from chalicelib.records.promotions.offers import service as offers
from chalicelib.records.promotions.offers.service import OfferDraft, OfferHead, Publication

from .. import rules
from ..rules import PRICED, Base, Cut, ListPriceMissing, PriceBelowFloor, PriceNotLower
from . import goods

OURS = frozenset({"reference"})  # what a document says to us, and not to pricing
PAGE = 50


def meant(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document that pricing reads."""
    return {name: value for name, value in document.items() if name not in OURS}


def checked(document: Mapping[str, Any]) -> Offer:
    """The offer that a document makes. Raises OfferInvalid, SegmentOpensNoPrice, OfferGoodsUnknown, OfferScopeWrong."""
    rules.check_audience(document)
    rules.check_scopes(document)
    offer = pricing.parse(meant(document))
    rules.check_reachable(document)
    rules.check_kept(document)
    goods.check_named(document)
    return offer


def judged(said: OfferDraft, now: datetime) -> Publication:
    """What publishing an offer tells everybody. Raises as `checked`, and LimitOnlyRises, PriceNotLower,
    PriceBelowFloor, ListPriceMissing."""
    document, head = said.document, said.head
    offer = checked(document)
    rules.check_caps(document, offers.read(head.id, head.live).document if head.live is not None else None)
    if offer.kind == AddOn.name:
        _require_lower(offer)
    if offer.lane not in PRICED:
        return Publication(meant(document))
    begins = offers.begins_at(head, document, now)
    skus = goods.covered(offer.scope)
    bases = _bases_of(skus, offer, document["reference"], head, begins, now)
    for sku in skus:
        made = made_of(offer, sku)(sku.price)
        if made >= (base := min(bases.get(sku.id, sku.price), int(sku.price))):
            raise PriceNotLower(at="terms", **reading.about(sku), price=made, lowest=base)
        if made > (said_price := document["terms"].get("price_fen", made)):
            raise PriceBelowFloor(at="terms.price_fen", **reading.about(sku), price=said_price, floor=made)
    waits = document["reference"] == "lowest" and begins > now
    shown = {**meant(document), "scope": {"skus": [sku.id for sku in skus]}}
    return Publication(shown, [sku.id for sku in skus], None if waits else bases)


def _require_lower(offer: Offer) -> None:
    """What is added costs less so than it does today. Raises PriceNotLower."""
    for sku in goods.skus([offer.terms.sku]).values():
        if offer.terms.price_fen >= sku.price:
            raise PriceNotLower(
                at="terms.price_fen", **reading.about(sku), price=offer.terms.price_fen, lowest=int(sku.price)
            )


def begun(said: OfferDraft, now: datetime) -> dict[str, int]:
    """The struck-through prices of an offer that begins now; of those goods that it does make cheaper than they were."""
    head, document = said.head, said.document
    offer = pricing.parse(meant(document))
    skus = goods.covered(offer.scope)
    bases = _bases_of(skus, offer, document["reference"], head, offers.begins_at(head, document, now), now)
    return {sku.id: bases[sku.id] for sku in skus if sku.id in bases and made_of(offer, sku)(sku.price) < bases[sku.id]}


def _bases_of(
    skus: list[Sku], offer: Offer, reference: str, head: OfferHead, begins: datetime, now: datetime
) -> dict[str, int]:
    """What each SKU is compared with; left out where it never had a price before."""
    if reference == "list":
        for sku in skus:
            if sku.list_price is None:
                raise ListPriceMissing(at="reference", **reading.about(sku))
        return {sku.id: int(sku.list_price) for sku in skus}
    former: dict[tuple[str, int], Offer] = {}
    found = {sku.id: _lowest(sku, head, begins, now, former) for sku in skus}
    return {sku: lowest for sku, lowest in found.items() if lowest is not None}


def _lowest(
    sku: Sku, head: OfferHead, begins: datetime, now: datetime, former: dict[tuple[str, int], Offer]
) -> int | None:
    """The lowest price of a SKU in the seven days before an offer; of one that joins a running offer, before now."""
    deals = offers.deals(sku.id)
    took_part = any(deal.offer == head.id and deal.edit == head.live and deal.begins <= now for deal in deals)
    start = begins if begins > now or took_part else now
    cuts = []
    for deal in deals:
        if deal.offer == head.id:
            continue
        if (deal.offer, deal.edit) not in former:
            former[deal.offer, deal.edit] = pricing.parse(meant(offers.read(deal.offer, deal.edit).document))
        cuts.append(Cut(deal.begins, deal.ends, made_of(former[deal.offer, deal.edit], sku)))
    return rules.lowest_before(start, list(_bases(sku.id, start)), cuts)


def _bases(sku: str, start: datetime) -> Iterator[Base]:
    """The prices of a SKU that may have held in the seven days before an instant, oldest first."""
    found: list[Base] = []
    cursor: str | None = None
    while True:
        rows, cursor = reading.price_history(sku, PAGE, cursor, consistent=True)
        for row in rows:
            found.append(Base(row.at, row.after))
            if row.at <= start - rules.WINDOW:
                return reversed(found)
        if cursor is None:
            return reversed(found)


def made_of(offer: Offer, sku: Sku) -> Callable[[int], int]:
    """What an offer makes of a piece's price, for whom it is."""
    open_to_all = offer._replace(
        scope=EVERYTHING, starts=None, ends=None, needs=Needs(), audience=Audience(), limits=OfferLimits()
    )
    alone = Offers((open_to_all,))

    def made(unit: int) -> int:
        piece = item_of(sku, 1)._replace(unit=Fen(int(unit)), floor=Fen(min(int(unit), int(sku.floor or 0))))
        return int(price(Purchase([piece], alone)).goods)

    return made
