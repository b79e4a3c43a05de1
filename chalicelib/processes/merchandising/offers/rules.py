"""What the law and the shop allow of an offer, and how much it takes off at most. Pure; amounts are fen.

The law (规范促销行为暂行规定): a price that is said to be lowered is lower than its stated base, or else than the lowest price
of the seven days before the promotion; where nothing was sold in them, than the last price before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from chalicelib.kernel.bill import KEEP_IF
from chalicelib.kernel.errors import ArticleInvalid, Invalid
from chalicelib.kernel.money import WHOLE
from chalicelib.records.pricing.rules.reading import OfferInvalid

WINDOW = timedelta(days=7)
PRICED = frozenset({"activity", "price"})  # lanes that make single pieces cheaper: a former price is struck through
MOST_PRICED = 80  # SKUs of such an offer: each is judged, and noted in the transaction that publishes
MOST_NAMED = 200  # goods that a document names in all
MOST_PIECES = 80 * 999  # that fit in the largest order
CAPS = ("total", "budget_fen")  # of the whole shop


class PriceNotLower(ArticleInvalid):
    at: str
    price: int
    lowest: int
    zh, en = (
        "{sku} 的活动价 {price} 分不低于比较基准 {lowest} 分（活动前七日最低价，或所标划线价），不能标为降价",
        "{sku} at {price} fen would be no lower than {lowest} fen, its lowest price of the seven days before or its list price",
    )


class PriceBelowFloor(ArticleInvalid):
    at: str
    price: int
    floor: int
    zh, en = (
        "{sku} 的活动价 {price} 分低于其底价 {floor} 分，没有人能按此价购买",
        "{price} fen is below the floor of {floor} fen of {sku}: nobody would buy at it",
    )


class ListPriceMissing(ArticleInvalid):
    at: str
    zh, en = "{sku} 没有划线价，不能以划线价为比较基准", "{sku} has no list price to be compared with"


class SegmentOpensNoPrice(Invalid):
    at: str
    zh, en = (
        "人群只能用于优惠券，不能决定价格或活动",
        "A segment may open a coupon, whose condition is shown, but neither a price nor an offer",
    )


class OfferScopeWrong(Invalid):
    """`most` SKUs at most, where it covers too many; 0 where it covers none."""

    at: str
    most: int
    zh, en = (
        "活动商品范围无效：须包含 SKU，且此类活动最多 {most} 个",
        "The goods of this offer do not fit: it needs at least one SKU, and such an offer covers at most {most}",
    )


class OfferGoodsUnknown(Invalid):
    at: str
    id: str
    zh, en = "活动设置 {at} 中的 {id} 不存在", "There is no {id}, which {at} names"


class LimitOnlyRises(Invalid):
    at: str
    published: int
    zh, en = (
        "已发布的 {at} 为 {published}，只能调高；如需减少请结束活动",
        "The published {at} is {published}; it may only rise. To give less, end the offer",
    )


WRONG = (OfferInvalid, SegmentOpensNoPrice, OfferGoodsUnknown, OfferScopeWrong)  # of a document
UNLAWFUL = (*WRONG, LimitOnlyRises, PriceNotLower, PriceBelowFloor, ListPriceMissing)  # of a publication


# ---- former prices --------------------------------------------------------------------------------------------------


class Base(NamedTuple):
    """A price of a SKU, from when on, until the next."""

    begins: datetime
    price: int


class Cut(NamedTuple):
    """A stretch of time in which an offer made a piece cost what `made` makes of its price."""

    begins: datetime
    ends: datetime | None
    made: Callable[[int], int]


def in_force(bases: Sequence[Base], since: datetime, until: datetime) -> list[int]:
    """The prices that held at any time from `since` on and before `until`; bases oldest first."""
    ends = [base.begins for base in bases[1:]]
    stretches = zip(bases, [*ends, None], strict=True) if bases else ()
    return [base.price for base, end in stretches if base.begins < until and (end is None or end > since)]


def lowest_before(start: datetime, bases: Sequence[Base], cuts: Sequence[Cut]) -> int | None:
    """The lowest price of the seven days before an instant, what offers made of it included; None when there was none."""
    since = start - WINDOW
    found = in_force(bases, since, start)
    for cut in cuts:
        begins, ends = max(since, cut.begins), start if cut.ends is None else min(start, cut.ends)
        if begins < ends:
            found += [cut.made(price) for price in in_force(bases, begins, ends)]
    return min(found, default=None)


# ---- what a document names -----------------------------------------------------------------------------------------


def named(document: Any, at: str = "") -> Iterator[tuple[str, str, str]]:
    """(where, sku | product | category | coupon, id) of all goods, and coupons to give, that a document names, however deep."""
    if isinstance(document, Mapping):
        for name, value in document.items():
            where = f"{at}.{name}" if at else name
            if name in ("sku", "substitute") and isinstance(value, str):
                yield where, "sku", value
            elif name == "coupon" and isinstance(value, str):
                yield where, "coupon", value
            elif name in LISTS and isinstance(value, list):
                yield from ((f"{where}[{i}]", LISTS[name], one) for i, one in enumerate(value) if isinstance(one, str))
            else:
                yield from named(value, where)
    elif isinstance(document, list):
        for i, value in enumerate(document):
            yield from named(value, f"{at}[{i}]")


LISTS = {"skus": "sku", "products": "product", "categories": "category"}


def check_scopes(document: Mapping[str, Any]) -> None:
    """Each scope says all, or names goods: nothing is for everything by accident. Raises OfferScopeWrong."""
    scopes = {"scope": document["scope"], "needs.basket_has": document["needs"]["basket_has"]}
    for at, scope in scopes.items():
        if scope is not None and not scope["all"] and not any(scope[name] for name in LISTS):
            raise OfferScopeWrong(at=at, most=MOST_NAMED)


def check_reachable(document: Mapping[str, Any]) -> None:
    """Of a document that pricing understood: no offer wants more pieces than fit in an order. Raises OfferInvalid."""
    terms = document["terms"]
    tiers = (terms.get("tiers") or ()) if terms.get("by") == "pieces" else ()
    wanted = {
        **{f"terms.{name}": terms.get(name) for name in PIECES},
        **{f"terms.tiers[{i}].at": tier["at"] for i, tier in enumerate(tiers)},
        **{f"terms.parts[{i}].pieces": part.get("pieces") for i, part in enumerate(terms.get("parts") or ())},
    }
    for where, pieces in wanted.items():
        if pieces is not None and pieces > MOST_PIECES:
            raise OfferInvalid(at=where, problem="too_large")


PIECES = ("min_pieces", "pieces", "nth", "of", "buy", "get")  # of which an offer wants so many in the basket


def check_kept(document: Mapping[str, Any]) -> None:
    """What is given back can hang on one threshold, which is frozen with the order. Raises OfferInvalid."""
    terms = document["terms"]
    if document.get("refund_policy") == KEEP_IF and terms.get("min_fen") and terms.get("min_pieces"):
        raise OfferInvalid(at="terms.min_pieces", problem="two_thresholds")


def check_audience(document: Mapping[str, Any]) -> None:
    """Raises SegmentOpensNoPrice."""
    if document["audience"]["segments"]:
        raise SegmentOpensNoPrice(at="audience.segments")


def check_caps(document: Mapping[str, Any], published: Mapping[str, Any] | None) -> None:
    """What was promised to all is not made less. Raises LimitOnlyRises."""
    for name in CAPS:
        before = published["limits"][name] if published is not None else None
        now = document["limits"][name]
        if before is not None and (now is None or now < before):
            raise LimitOnlyRises(at=f"limits.{name}", published=before)


# ---- how much an offer takes off ------------------------------------------------------------------------------------
Terms = Mapping[str, Any]
POINT_FEN = 1  # what a point counts as, at most


class GivenCoupon(NamedTuple):
    """A coupon that an offer gives: the most it takes off (fen; None: nobody knows), and of what is paid (basis points)."""

    most: int | None
    depth: int


class Worth(NamedTuple):
    """What there is to know beside the terms: what a SKU costs that is given or added, what coupons take off, and whether no
    piece that is cheaper for it can cost more than those that it is counted with (`even`)."""

    skus: Mapping[str, int] = {}
    coupons: Mapping[str, GivenCoupon] = {}
    even: bool = True


def even(document: Mapping[str, Any]) -> bool:
    """Whether the pieces that an offer makes cheaper are never dearer than the others it counts: the buyer puts the basket
    together, so else a fen may bring what costs a hundred yuan."""
    terms, scope = document["terms"], document["scope"]
    named = [id_ for name in LISTS for id_ in scope.get(name) or ()]
    one = not scope.get("all") and len(named) == 1 and bool(scope.get("skus"))
    alike = one or terms.get("same") == "sku" or document.get("pick") == "cheapest"
    return alike and terms.get("get_scope") is None


def deepest(kind: str, terms: Terms, worth: Worth) -> int:
    """The largest part of what is paid that an offer may take off or give, in basis points; all of it where that depends on
    what is bought."""
    depth = DEPTHS.get(kind)
    return WHOLE if depth is None else min(WHOLE, depth(terms, worth))


def most_off(kind: str, terms: Terms) -> int | None:
    """The most that an offer takes off an order, where its terms tell."""
    if kind == "amount":
        return int(terms["off_fen"])
    return terms.get("cap_fen") if kind == "percent" else None


def part(off: int, of: int | None) -> int:
    """What part of a sum is off, in basis points, rounded up; all of it where there is no sum."""
    return -(-off * WHOLE // of) if of else WHOLE


def _paid(terms: Terms, _worth: Worth) -> int:
    return _share(terms)


def _share(terms: Terms) -> int:
    """The share that is not paid; all of it where none is said."""
    return WHOLE - int(terms.get("pay_bp") or 0)


def _amount(terms: Terms, _worth: Worth) -> int:
    return part(terms["off_fen"], terms.get("min_fen"))


def _tiers(terms: Terms, worth: Worth) -> int:
    tiers = [*terms["tiers"], *([terms["base"]] if terms.get("base") else [])]
    return max(_tier(tier, tier.get("at") if terms["by"] == "fen" else None, worth) for tier in tiers)


def _tier(tier: Terms, paid: int | None, worth: Worth) -> int:
    given = _gift(tier["gift"], paid, worth) if tier.get("gift") else 0
    if tier.get("points"):
        given += part(tier["points"] * POINT_FEN, paid)
    if tier.get("coupon"):
        given += _coupon(worth.coupons.get(tier["coupon"]), paid)
    if tier.get("off_fen") is not None:
        return given + part(tier["off_fen"], paid)
    return given + (_share(tier) if tier.get("pay_bp") is not None else 0)


def _coupon(coupon: GivenCoupon | None, paid: int | None) -> int:
    if coupon is None:
        return WHOLE
    return coupon.depth if coupon.most is None else min(coupon.depth, part(coupon.most, paid))


def _gift(gift: Terms, paid: int | None, worth: Worth) -> int:
    dearest = max(worth.skus.get(gift[name], 0) for name in ("sku", "substitute") if gift.get(name))
    return part(dearest * (gift.get("pieces") or 1), paid)


def _nth(terms: Terms, worth: Worth) -> int:
    return -(-_share(terms) // int(terms["nth"])) if worth.even else _share(terms)


def _free(terms: Terms, _worth: Worth) -> int:
    return part(terms.get("free") or 1, terms["of"])


def _get(terms: Terms, worth: Worth) -> int:
    if not worth.even:
        return _share(terms)
    return -(-_share(terms) * int(terms["get"]) // (int(terms["buy"]) + int(terms["get"])))


def _given(terms: Terms, worth: Worth) -> int:
    return _gift(terms, terms.get("min_fen"), worth)


def _added(terms: Terms, worth: Worth) -> int:
    cheaper = max(0, worth.skus.get(terms["sku"], 0) - terms["price_fen"])
    return part(cheaper * (terms.get("max_pieces") or 1), terms.get("min_fen"))


def _freight(_terms: Terms, _worth: Worth) -> int:
    return 0  # no more than the freight


DEPTHS: Mapping[str, Callable[[Terms, Worth], int]] = {
    "percent": _paid, "piece_percent": _paid, "group_percent": _paid, "amount": _amount, "threshold": _tiers,
    "second_half": _nth, "cheapest_free": _free, "buy_get": _get, "groups": _paid, "gift": _given, "add_on": _added,
    "freight_amount": _freight, "freight_percent": _freight, "freight_price": _freight, "freight_free": _freight,
}  # fmt: skip
