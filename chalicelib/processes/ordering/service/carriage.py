"""What sending to a place costs: the published templates as pricing takes them, or the shop's flat fee where none is.

Guarantees: the book is the one of ten seconds ago at most, and its version goes with the price; where a template sends
nothing, no price is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from chalicelib.kernel.bill import GIFT, Bill
from chalicelib.kernel.errors import CommitRejected
from chalicelib.kernel.money import Fen
from chalicelib.records.catalog import service as catalog
from chalicelib.records.identity.accounts.service import regions
from chalicelib.records.pricing import service as pricing
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.goods import Item
from chalicelib.records.pricing.rules.price import Purchase, price
from chalicelib.records.tariffs import rules as tariff_rules
from chalicelib.records.tariffs import service as tariffs

from ..rules import NotDeliverable

Document = Mapping[str, Any]


class Carriage(NamedTuple):
    """What sending goods to a place costs, and the templates' names that send nothing there."""

    tariffs: Tariffs
    refused: frozenset[str]


def carriage(named: Iterable[str | None], region: str | None) -> Carriage:
    """What sending to a place costs by the templates that goods name; without a place, to most places."""
    book = tariffs.book()
    default = book.template("")
    found: dict[str, FreightTemplate] = {}
    refused = set()
    usual = pricing.freight_template()
    for name in ("", *sorted({name for name in named if name and name in book.templates})):
        document = book.templates.get(name, default)
        if document is None:
            found[name] = usual
            continue
        zone = tariff_rules.zone_of(document, region)
        if zone is None:
            refused.add(name)
        else:
            found[name] = _template(document, zone)
    return Carriage(Tariffs(found.pop("", usual), found, book.version), frozenset(refused))


def refuse_undelivered(rows: Iterable[Any], sending: Carriage, region: str | None) -> None:
    """Raises CommitRejected with NotDeliverable for every SKU that is not sent to a place."""
    if reasons := [no for row in rows if (no := undelivered(row, sending, region)) is not None]:
        raise CommitRejected(reasons)


def undelivered(row: Any, sending: Carriage, region: str | None) -> NotDeliverable | None:
    """Why a SKU is not sent to a place; None where it is."""
    if template_of(row) not in sending.refused:
        return None
    return NotDeliverable(**catalog.about(row), region=region or "", place=regions.named(region or ""))


def freight_of(bill: Bill, rows: Mapping[str, Any], sending: Carriage) -> Fen:
    """What sending the goods of a bill costs from where they were quoted to be sent, before any offer on the freight."""
    items = [
        Item(
            line.sku,
            run.pieces,
            run.goods,
            weight=row.weight,
            volume=row.volume,
            template=row.freight or "",
            location=line.priced_at,
        )
        for line in bill.lines
        if line.kind != GIFT and (row := rows.get(line.sku)) is not None
        for run in line.runs
    ]
    return price(Purchase(items, freight=sending.tariffs)).freight


def template_of(row: Any) -> str:
    """The name of the template by which a SKU is sent; nothing for the default one."""
    return row.freight if row.freight in tariffs.book().templates else ""


def _template(document: Document, zone: Document) -> FreightTemplate:
    free_from = document["free_from_fen"]
    return FreightTemplate(
        Fen(zone["first_fen"]),
        zone["first"],
        zone["step"],
        Fen(zone["step_fen"]),
        document["by"],
        None if free_from is None else Fen(free_from),
        document["free_pieces"],
        Fen(zone["surcharge_fen"]),
        zone["free"],
    )
