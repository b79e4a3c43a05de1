"""Making a quote: read everything in one batch, price it, allocate buckets, refuse early, sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, cast

from chalicelib.kernel.bill import ADD_ON, BOUGHT, Ahead, quantities, shelved, supplied
from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.kernel.money import Fen, total
from chalicelib.kernel.quote import Quote
from chalicelib.records.carts import service as carts
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.catalog.titles.shapes import title_of
from chalicelib.records.coupons import service as coupons
from chalicelib.records.coupons.service import gifts
from chalicelib.records.coupons.service.templates import Sheet
from chalicelib.records.coupons.shapes import gift_coupon
from chalicelib.records.holds import service as holds
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.places.rules import Site
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.inventory.shapes import stock_of
from chalicelib.records.inventory.sourcing import service as sourcing
from chalicelib.records.orders.shapes import cost_of
from chalicelib.records.pricing.rules.kinds.add_on import AddOn
from chalicelib.records.pricing.rules.offers import Offer
from chalicelib.records.pricing.rules.reasons import OfferOutcome
from chalicelib.records.tariffs.service import DeliveryOption
from chalicelib.runtime import settings, switches, table
from chalicelib.runtime.http import amount
from chalicelib.runtime.work import Work

from ..rules import (
    EPOCH,
    STANDARD,
    AddOnNotFound,
    BasketChoice,
    GiftOut,
    NothingToBuy,
    NotOnSale,
    ServiceNotOffered,
    TooManyLines,
    TooManyParts,
)
from ..shapes import AskQuote, QuoteLineView, QuoteView, ServiceKind, offers_told, until
from . import delivery, quotes
from .carriage import Carriage, carriage, undelivered
from .find_location import find_locations
from .price_basket import PricedBasket, Wares, holding, keys, know, price_basket, skus_of

MOST_CHANGES, OWN_CHANGES = 100, 6  # of one transaction: DynamoDB's, and an order's, its journal's, cart's and holds'
MOST_LINES = settings.declare(
    "ORDER_MAX_LINES", "50", "different SKUs in one order; DynamoDB's ceiling allows 80", most=80
)


class Chosen(NamedTuple):
    """What is to be bought: (sku, quantity) with one entry a SKU, whether it lies in the cart, and what was chosen beside."""

    lines: tuple[tuple[str, int], ...]
    from_cart: bool
    beside: BasketChoice = BasketChoice()


class Drawn(NamedTuple):
    """A quote with what its goods were read as, what its offers answered, the coupons it gifts, and the offers whose add-ons
    were chosen."""

    quote: Quote
    shelf: Wares
    outcomes: tuple[tuple[OfferOutcome, Offer], ...]
    gifted: Sequence[Sheet] = ()
    chosen: frozenset[str] = frozenset()


def make_quote(command: AskQuote, work: Work) -> QuoteView:
    """Price the wanted items (or the cart's selected ones) and promise it for ten minutes, or until an offer in it ends.

    Raises CommitRejected with the problem of every line concerned: SkuNotFound, NotOnSale, SaleStopped, OutOfStock,
    NotDeliverable; and with GiftOut, TooManyParts, AddOnNotFound, or why a chosen coupon cannot be used.
    """
    return shown(draw(_chosen(command, work.caller.id), command.address, work))


def requote(quote: Quote, work: Work) -> QuoteView:
    """A fresh quote for what an outdated one promised, with those of its coupons that can still be used, or the best ones anew
    where those were wanted, by standard delivery where its own service is not to be had any more."""
    wanted = quantities(line for line in quote.lines if line.kind == BOUGHT)
    usable = (
        {held.id for held in coupons.usable(quote.customer, work.now)} if quote.coupons and not quote.best else set()
    )
    added = tuple((quote.layers[line.parent].offer, line.quantity) for line in quote.lines if line.kind == ADD_ON)
    kept = tuple(use.id for use in quote.coupons if use.id in usable)
    beside = BasketChoice(kept, quote.best, added, quote.service or STANDARD)
    return shown(draw(Chosen(tuple(wanted.items()), quote.from_cart, beside), quote.address, work, instead=True))


def _chosen(command: AskQuote, owner: str) -> Chosen:
    known = {offer.id for offer in holding().all if offer.kind == AddOn.name}
    for offer, _ in command.choice.add_ons:
        if offer not in known:
            raise AddOnNotFound(offer=offer)
    if command.items is not None:
        lines = _merged((item.sku, item.quantity) for item in command.items)
        return Chosen(tuple(lines), from_cart=False, beside=command.choice)
    return Chosen(tuple(carts.selected(owner)), from_cart=True, beside=command.choice)


def draw(chosen: Chosen, address: str | None, work: Work, *, instead: bool = False) -> Drawn:
    """A quote for what was chosen, after one batch of reads; nothing is promised before it is signed. `instead`: a service that
    is not to be had gives way to standard."""
    _bounded(chosen)
    known = know(chosen.beside, work.caller, work.now)
    skus = skus_of(chosen.lines, known)
    sites = sourcing.selling()
    wanted = keys(skus, sites)
    found = table.batch([*wanted, *addresses.key(work.caller.id, address)])
    place = found[len(wanted) :]
    deliver_to, region = addresses.version_of(place), addresses.region_of(place)
    lying = sourcing.levels(skus, sites, found[len(skus) : len(wanted)])
    from_where = find_locations(dict(chosen.lines), lying, sites, chosen.beside.service, region or "", work.now)
    on = Wares(
        dict(zip(skus, found, strict=False)), {sku: lying[sku][code] for sku, code in from_where.items()}, from_where
    )
    sending = carriage([row.freight for row in on.rows.values() if row is not None], region)
    _refuse_early(chosen, on, sending, region)
    waits = any(on.levels[sku].there < pieces for sku, pieces in chosen.lines)
    sending_from = _sites(sites, (from_where[sku] for sku, _ in chosen.lines))
    way = _way(chosen.beside.service, region, sending_from, work, waits=waits, instead=instead)
    by_way = sending.tariffs._replace(service_fee=Fen(way.fee)) if way else sending.tariffs

    order_id = work.new_id("O")
    basket = price_basket(chosen.lines, on, known, chosen.beside, work.caller, order_id, work.now, by_way)
    _refuse_blocked(basket, on)
    bill = basket.priced.bill
    gifted = gifts.giving(bill.gifted, work.now)
    there = {line.shelf: on.levels[line.sku] for line in bill.lines}
    parts = inventory.allocate(shelved(bill.lines).items(), there, order_id)
    ahead = inventory.sold_ahead(shelved(bill.lines), there)
    all_from = _sites(sites, (line.location for line in bill.lines))
    arriving = way
    if all_from != sending_from:  # a gift or an add-on comes from elsewhere
        arriving = _way(chosen.beside.service, region, all_from, work, waits=waits, instead=instead)
    quote = Quote(
        order_id,
        work.caller.id,
        quotes.expiry(work.now, _ends(basket, arriving, ahead)),
        switches.read(EPOCH),
        chosen.from_cart,
        deliver_to,
        *bill._replace(
            lines=supplied(bill.lines, parts),
            coupons=basket.coupons,
            counters=basket.counters,
            gifted=gifts.promised(gifted),
            service=way.service if way and way.service != STANDARD else "",
            promised=millis(arriving.promised_at) if arriving and not any(one.until for one in ahead) else 0,
            ahead=ahead,
        ),
        best=chosen.beside.best,
    )
    _refuse_too_many(quote)
    return Drawn(quote, on, basket.outcomes, gifted, frozenset(dict(chosen.beside.add_ons)))


def _way(
    service: str, region: str | None, sites: Sequence[Site], work: Work, *, waits: bool, instead: bool
) -> DeliveryOption | None:
    """How an order is sent; of what waits for its stock nothing but standard is promised. Raises ServiceNotOffered."""
    if waits and service != STANDARD and not instead:
        raise ServiceNotOffered(service=service)
    return delivery.chosen(STANDARD if waits else service, region, sites, work.now, instead=instead)


def _sites(sites: Sequence[Site], codes: Iterable[str]) -> list[Site]:
    """Those of the locations that are named."""
    named = set(codes)
    return [one for one in sites if one.code in named]


def _ends(basket: PricedBasket, way: DeliveryOption | None, ahead: Sequence[Ahead]) -> int | None:
    """When the first of what a quote promises ends: of what it is sent by, the latest time to order, but for standard; of what
    is sent later, the day by which."""
    by_way = [millis(way.latest)] if way is not None and way.service != STANDARD else []
    ends = [*by_way, *(one.until for one in ahead if one.until), *([] if basket.ends is None else [basket.ends])]
    return min(ends, default=None)


def _bounded(chosen: Chosen) -> None:
    if not chosen.lines:
        raise NothingToBuy()
    if len(chosen.lines) > most_lines():
        raise TooManyLines(most=most_lines())


def most_lines() -> int:
    """How many different SKUs one order takes."""
    return settings.number(MOST_LINES)


def _refuse_blocked(basket: PricedBasket, on: Wares) -> None:
    """Raises CommitRejected for an offer that wants its gift given, which is out of stock."""
    called = {offer.id: offer for _, offer in basket.outcomes}
    blocked = [(called[offer], on.rows[gift]) for offer, gift in basket.priced.blocked]
    if blocked:
        raise CommitRejected(
            [
                GiftOut(offer=offer.id, offer_zh=offer.zh, offer_en=offer.en, **catalog.about(gift))
                for offer, gift in blocked
            ]
        )


def _refuse_too_many(quote: Quote) -> None:
    """Raises TooManyParts when placing would change more items than one transaction takes: buckets, places in the lines of who
    waits, limits, coupons and what every order has."""
    buckets = {(shelf, bucket) for line in quote.lines for shelf, bucket, _ in line.stock}
    parts = len(buckets) + len(quote.bill.waits)
    counters = {(use.key, use.shard) for use in quote.counters}
    most = MOST_CHANGES - OWN_CHANGES
    if parts + len(counters) + len(quote.coupons) > most:
        raise TooManyParts(parts=parts, limits=len(counters), coupons=len(quote.coupons), most=most)


def _refuse_early(chosen: Chosen, on: Wares, sending: Carriage, region: str | None) -> None:
    unknown: list[Refusal] = []
    reasons: list[Refusal] = []
    for sku, quantity in chosen.lines:
        row, level = on.rows[sku], on.levels[sku]
        if not catalog.seen(row):
            unknown.append(SkuNotFound(sku=sku))
            continue
        named = catalog.about(row)
        if not catalog.offered(row):
            reasons.append(NotOnSale(**named))
        elif level.closed:
            reasons.append(SaleStopped(**named))
        elif level.left < quantity:
            reasons.append(OutOfStock(**named, left=level.left))
        elif (too_much := holds.check_share(sku, quantity, level.left)) is not None:
            too_much.title_zh, too_much.title_en = row.title_zh, row.title_en
            reasons.append(too_much)
        if catalog.offered(row) and (elsewhere := undelivered(row, sending, region)) is not None:
            reasons.append(elsewhere)
    if unknown or reasons:
        raise CommitRejected([*unknown, *reasons])


def _merged(lines: Any) -> list[tuple[str, int]]:
    summed: dict[str, int] = {}
    for sku, quantity in lines:
        summed[sku] = summed.get(sku, 0) + quantity
    return list(summed.items())


def shown(drawn: Drawn) -> QuoteView:
    """The quote, signed, with what a person wants to see of it."""
    quote = drawn.quote
    lines = [
        QuoteLineView(
            sku=line.sku,
            **title_of(*catalog.titled(drawn.shelf.rows[line.sku])),
            **{**stock_of(drawn.shelf.levels[line.sku]), **cost_of(line, quote.bill)},
        )
        for line in quote.lines
    ]
    return QuoteView(
        quote=quotes.seal(quote),
        order_id=quote.order_id,
        lines=lines,
        goods=amount(quote.goods),
        discount=amount(total([line.off for line in quote.lines])),
        freight=amount(quote.freight),
        freight_discount=amount(total([part.off for part in quote.freights])),
        payable=amount(quote.payable),
        coupons=[use.id for use in quote.coupons if not coupons.is_benefit(use.id)],
        gift_coupons=[gift_coupon(sheet) for sheet in drawn.gifted],
        offers=offers_told(drawn.outcomes, drawn.chosen),
        address=quote.address,
        service=cast(ServiceKind, quote.service or STANDARD),
        promised_at=until(quote.promised) if quote.promised else None,
        expires_at=until(quote.expires),
    )
