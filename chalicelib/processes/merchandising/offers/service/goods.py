"""The goods that an offer names and covers, read from the catalogue, and the coupons that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chalicelib.kernel.ids import is_sku
from chalicelib.processes.ordering.service.items import item_of
from chalicelib.records.catalog.rules import ProductNotFound
from chalicelib.records.catalog.service import Sku, categories, reading
from chalicelib.records.coupons.rules import CouponTemplateNotFound
from chalicelib.records.coupons.service import templates
from chalicelib.records.pricing.rules.goods import Scope
from chalicelib.runtime import table

from .. import rules
from ..rules import MOST_NAMED, MOST_PRICED, OfferGoodsUnknown, OfferScopeWrong

PAGE = 100
SHOWN = 40  # letters of what is no id


def skus(ids: Iterable[str]) -> dict[str, Sku]:
    """The SKUs that there are of these, as they stand."""
    asked = [one for one in dict.fromkeys(ids) if is_sku(one)]
    return {sku.id: sku for sku in table.batch([reading.key(one) for one in asked], consistent=True) if sku is not None}


def check_named(document: Mapping[str, Any]) -> None:
    """All goods and coupons that a document of an offer or a coupon names are there. Raises OfferGoodsUnknown,
    OfferScopeWrong."""
    found = list(rules.named(document))
    if len(found) > MOST_NAMED:
        raise OfferScopeWrong(at="scope", most=MOST_NAMED)
    known, tree = skus(id_ for _, kind, id_ in found if kind == "sku"), categories.tree().rows
    there = {"sku": known.__contains__, "category": tree.__contains__, "product": _is_product, "coupon": _is_template}
    for at, kind, id_ in found:
        if not there[kind](id_):
            raise OfferGoodsUnknown(at=at, id=id_[:SHOWN])


def _is_product(product_id: str) -> bool:
    try:
        reading.find_product(product_id, consistent=True)
    except ProductNotFound:
        return False
    return True


def _is_template(template_id: str) -> bool:
    try:
        templates.find(template_id)
    except CouponTemplateNotFound:
        return False
    return True


def covered(scope: Scope) -> list[Sku]:
    """The SKUs of a scope, as far as people may know of them. Raises OfferScopeWrong when there are too many, or none."""
    found: dict[str, Sku] = {}
    for sku in _candidates(scope):
        if reading.seen(sku) and scope.covers(item_of(sku, 1)):
            found[sku.id] = sku
        if len(found) > MOST_PRICED:
            break
    if not 0 < len(found) <= MOST_PRICED:
        raise OfferScopeWrong(at="scope", most=MOST_PRICED)
    return [found[one] for one in sorted(found)]


def _candidates(scope: Scope) -> Iterator[Sku]:
    yield from skus(scope.skus).values()
    for product_id in _products(scope):
        yield from reading.find_product(product_id, consistent=True).skus


def _products(scope: Scope) -> Iterator[str]:
    yield from sorted(scope.products)
    for category in [""] if scope.all else sorted(scope.categories):
        cursor: str | None = None
        while True:
            entries, cursor = reading.list_entries(category, "newest", PAGE, cursor)
            yield from (entry.product for entry in entries)
            if cursor is None:
                break
