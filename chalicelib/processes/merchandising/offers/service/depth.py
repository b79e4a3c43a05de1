"""How much an offer or a coupon takes off at most, and what of that one person decides alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.kernel.errors import SecondPersonNeeded
from chalicelib.kernel.money import WHOLE
from chalicelib.records.coupons.service import templates
from chalicelib.runtime import settings

from .. import rules
from ..rules import GivenCoupon, Worth
from . import goods

SOLO_PERCENT = settings.declare(
    "OFFER_SOLO_PERCENT",
    "50",
    "percent of a price that an offer or a coupon may take off which one person publishes alone",
)
SOLO_OFF = settings.declare(
    "COUPON_SOLO_FEN", "5000", "fen up to which a coupon that one person opens alone may take off whatever is paid"
)


def depth(document: Mapping[str, Any]) -> int:
    """The largest part of what is paid that a document takes off or gives, in basis points, as its terms tell."""
    return _depth(document, {id_: _given(id_) for id_ in _named(document, "coupon")})


def require_modest(part: int, kind: str) -> None:
    """Raises SecondPersonNeeded for a part of what is paid that one person does not give away alone."""
    percent = settings.number(SOLO_PERCENT)
    if part * 100 > percent * WHOLE:
        raise SecondPersonNeeded(kind=kind, limit=f"-{percent} %")


def require_modest_coupon(document: Mapping[str, Any], kind: str) -> None:
    """Raises SecondPersonNeeded for a coupon that takes off too large a part, unless it is a small sum in any case."""
    most = rules.most_off(document["kind"], document["terms"])
    if most is None or most > settings.number(SOLO_OFF):
        require_modest(depth(document), kind)


def _depth(document: Mapping[str, Any], coupons: Mapping[str, GivenCoupon]) -> int:
    prices = {sku.id: int(sku.price) for sku in goods.skus(_named(document, "sku")).values()}
    return rules.deepest(document["kind"], document["terms"], Worth(prices, coupons, rules.even(document)))


def _given(template: str) -> GivenCoupon:
    """What a coupon that is given takes off; one that gives coupons itself gives nobody knows how much."""
    said = templates.find(template).terms.document
    return GivenCoupon(rules.most_off(said["kind"], said["terms"]), _depth(said, {}))


def _named(document: Mapping[str, Any], kind: str) -> Iterable[str]:
    return (id_ for _, found, id_ in rules.named(document["terms"]) if found == kind)
