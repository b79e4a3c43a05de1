"""Making a quote: read everything in one batch, price it, allocate buckets, refuse early, sign."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from chalicelib.kernel.bill import BOUGHT, quantities, supplied
from chalicelib.kernel.clock import millis
from chalicelib.kernel.errors import CommitRejected, Refusal
from chalicelib.kernel.quote import Quote
from chalicelib.records.carts import service as carts
from chalicelib.records.catalog import service as catalog
from chalicelib.records.catalog.rules import SkuNotFound
from chalicelib.records.holds import service as holds
from chalicelib.records.identity.accounts.service import addresses
from chalicelib.records.inventory import service as inventory
from chalicelib.records.inventory.rules import OutOfStock, SaleStopped
from chalicelib.records.orders.shapes import cost_of
from chalicelib.records.pricing.rules.price import Purchase, price
from chalicelib.records.pricing.service import freight_template
from chalicelib.runtime import settings, switches, table
from chalicelib.runtime.http import amount
from chalicelib.runtime.work import Work

from ..rules import EPOCH, NothingToBuy, NotOnSale, TooManyLines
from ..shapes import AskQuote, QuoteLineView, QuoteView, until
from . import quotes
from .priced import item

MOST_LINES = settings.declare("ORDER_MAX_LINES", "50", "different SKUs in one order; DynamoDB's ceiling allows 80")


class Chosen(NamedTuple):
    """What is to be bought: (sku, quantity) with one entry a SKU, and whether it lies in the cart."""

    lines: tuple[tuple[str, int], ...]
    from_cart: bool


class Drawn(NamedTuple):
    """A quote with the SKU rows and levels it was made of, in the order of its lines."""

    quote: Quote
    offers: Sequence[Any]
    levels: dict[str, inventory.StockLevel]


def make_quote(command: AskQuote, work: Work) -> QuoteView:
    """Price the wanted items (or the cart's selected ones) and promise it for ten minutes.

    Raises CommitRejected with the problem of every line concerned: SkuNotFound, NotOnSale, SaleStopped, OutOfStock.
    """
    return shown(draw(_chosen(command, work.caller.id), command.address, work))


def requote(quote: Quote, work: Work) -> QuoteView:
    """A fresh quote for what an outdated one promised."""
    wanted = quantities(line for line in quote.lines if line.kind == BOUGHT)
    chosen = Chosen(tuple(wanted.items()), quote.from_cart)
    return shown(draw(chosen, quote.address, work))


def _chosen(command: AskQuote, owner: str) -> Chosen:
    if command.items is not None:
        return Chosen(tuple(_merged((item.sku, item.quantity) for item in command.items)), from_cart=False)
    return Chosen(tuple(carts.selected(owner)), from_cart=True)


def draw(chosen: Chosen, address: str | None, work: Work) -> Drawn:
    """A quote for what was chosen, after one batch of reads; nothing is promised before it is signed."""
    _bounded(chosen)
    skus = [sku for sku, _ in chosen.lines]
    found = table.batch(
        [
            *(catalog.key(sku) for sku in skus),
            *(inventory.key(sku) for sku in skus),
            *addresses.key(work.caller.id, address),
        ]
    )
    offers, firsts = found[: len(skus)], found[len(skus) : 2 * len(skus)]
    deliver_to = addresses.version_of(found[2 * len(skus) :])
    levels = inventory.levels(skus, firsts)
    _refuse_early(chosen, offers, levels)

    items = [item(sku, quantity, offer) for (sku, quantity), offer in zip(chosen.lines, offers, strict=True)]
    priced = price(Purchase(items, at=millis(work.now), freight=freight_template()))
    order_id = work.new_id("O")
    parts = inventory.allocate(chosen.lines, levels, order_id)
    quote = Quote(
        order_id,
        work.caller.id,
        quotes.expiry(work.now),
        switches.read(EPOCH),
        chosen.from_cart,
        deliver_to,
        *priced.bill._replace(lines=supplied(priced.lines, parts)),
    )
    return Drawn(quote, offers, levels)


def _bounded(chosen: Chosen) -> None:
    if not chosen.lines:
        raise NothingToBuy()
    if len(chosen.lines) > settings.number(MOST_LINES):
        raise TooManyLines(most=settings.number(MOST_LINES))


def _refuse_early(chosen: Chosen, offers: Sequence[Any], levels: dict[str, inventory.StockLevel]) -> None:
    unknown: list[Refusal] = []
    reasons: list[Refusal] = []
    for (sku, quantity), offer in zip(chosen.lines, offers, strict=True):
        if not catalog.seen(offer):
            unknown.append(SkuNotFound(sku=sku))
        elif not catalog.offered(offer):
            reasons.append(NotOnSale(sku=sku))
        elif levels[sku].closed:
            reasons.append(SaleStopped(sku=sku))
        elif levels[sku].available < quantity:
            reasons.append(OutOfStock(sku=sku, left=levels[sku].available))
        elif (too_much := holds.check_share(sku, quantity, levels[sku].available)) is not None:
            reasons.append(too_much)
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
            title_zh=offer.title_zh,
            title_en=offer.title_en,
            **cost_of(line, quote.bill),
            available=drawn.levels[line.sku].available,
        )
        for line, offer in zip(quote.lines, drawn.offers, strict=True)
    ]
    return QuoteView(
        quote=quotes.seal(quote),
        order_id=quote.order_id,
        lines=lines,
        goods=amount(quote.goods),
        freight=amount(quote.freight),
        payable=amount(quote.payable),
        address=quote.address,
        expires_at=until(quote.expires),
    )
