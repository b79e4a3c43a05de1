"""Baskets, offers and coupons by chance, for properties: small prices, so that odd fen and floors meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chalicelib.kernel.money import Fen
from chalicelib.records.pricing.rules.course import GiftInfo
from chalicelib.records.pricing.rules.freight import FreightTemplate, Tariffs
from chalicelib.records.pricing.rules.goods import Item
from chalicelib.records.pricing.rules.offers import CouponInHand, Offer, Offers, Shopper, parse
from chalicelib.records.pricing.rules.points import PointsRule
from chalicelib.records.pricing.rules.price import Purchase
from tests.records.pricing.shelf import NOW, document

SKUS = "ABCD"
few, fens, rates = st.integers(1, 4), st.integers(1, 400), st.sampled_from([0, 1, 3333, 5000, 8750, 9000, 9999])
ends = st.none() | st.integers(1, 5).map(lambda more: NOW + more)
gifts = st.fixed_dictionaries(
    {"sku": st.sampled_from("GH"), "pieces": few, "out": st.sampled_from(["skip", "block"])}
) | st.fixed_dictionaries({"sku": st.just("G"), "out": st.just("substitute"), "substitute": st.just("H")})


def maybe(**fields: Any) -> Any:
    """An object each of whose fields may be missing."""
    return st.fixed_dictionaries({}, optional=fields)


def wanted(needed: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries(needed, optional=optional)


at_least = {"min_fen": st.integers(1, 900), "min_pieces": few}
tiers = st.lists(st.integers(1, 900), min_size=1, max_size=3, unique=True).flatmap(
    lambda ats: st.tuples(
        *(
            st.one_of(
                st.fixed_dictionaries({"at": st.just(at), "off_fen": fens}),
                st.fixed_dictionaries({"at": st.just(at), "pay_bp": rates, "free_freight": st.booleans()}),
                st.fixed_dictionaries({"at": st.just(at), "gift": gifts, "points": few}),
            )
            for at in sorted(ats)
        )
    ).map(list)
)
PIECES = {
    "piece_amount": wanted({"off_fen": fens}, max_pieces=few, per=st.sampled_from(["line", "order"])),
    "piece_percent": wanted({"pay_bp": rates}, max_pieces=few, per=st.sampled_from(["line", "order"])),
}
PRICES = PIECES | {
    "price": wanted({"price_fen": st.integers(0, 400)}),
    "percent": wanted({"pay_bp": rates}),
}
SUMS = PIECES | {
    "percent": wanted({"pay_bp": rates}, cap_fen=fens, **at_least),
    "amount": wanted({"off_fen": st.integers(1, 1500)}, **at_least),
    "line_amount": wanted({"off_fen": fens}),
    "threshold": wanted({"by": st.sampled_from(["fen", "pieces"]), "tiers": tiers}, cap_fen=fens, strict=st.booleans()),
    "second_half": wanted({"nth": st.integers(2, 4), "pay_bp": rates},
                          same=st.sampled_from(["any", "product", "sku"]), times=few),
    "cheapest_free": wanted({"of": st.integers(2, 4)}, free=st.just(1), times=few),
    "choose": wanted({"pieces": st.integers(2, 4), "price_fen": fens}, times=few),
    "buy_get": wanted({"buy": few, "get": few}, pay_bp=rates, times=few,
                      get_scope=st.sampled_from([{"skus": ["A", "B"]}, {"skus": ["D"]}])),
    "groups": wanted({"parts": st.just([{"scope": {"skus": ["A", "B"]}, "pieces": 2}, {"scope": {"skus": ["B", "C"]}}]),
                      "price_fen": fens}, times=few),
    "group_amount": wanted({"pieces": st.integers(2, 4), "off_each_fen": fens}, times=few),
    "group_percent": wanted({"pieces": st.integers(2, 4), "pay_bp": rates}, times=few),
    "gift": st.tuples(gifts, maybe(per_each=st.booleans(), **at_least)).map(lambda two: {**two[0], **two[1]}),
    "add_on": wanted({"sku": st.just("H"), "price_fen": fens}, **at_least),
}  # fmt: skip
CARRIAGE = {
    "freight_amount": wanted({"off_fen": fens}, **at_least),
    "freight_percent": wanted({"pay_bp": rates}, cap_fen=fens, **at_least),
    "freight_price": wanted({"price_fen": fens}, **at_least),
    "freight_free": maybe(**at_least),
}
LANES = {
    "activity": PRICES, "price": PRICES, "shop": SUMS, "campaign": SUMS, "freight": CARRIAGE, "freight_coupon": CARRIAGE,
    "coupon": {kind: terms for kind, terms in SUMS.items() if kind != "add_on"},
}  # fmt: skip
scopes = st.sampled_from(
    [
        {"all": True},
        {"all": True, "not": {"skus": ["A"]}},
        {"skus": ["A", "C"]},
        {"products": ["P-B"]},
        {"categories": ["C-D"]},
    ]
)
tops = maybe(
    scope=scopes,
    priority=few,
    stacks=st.booleans(),
    exclusive=st.sampled_from([False, False, True]),
    excludes_discounted=st.booleans(),
    with_coupons=st.booleans(),
    pick=st.sampled_from(["cart", "dearest", "cheapest"]),
    limits=maybe(per_order=few, per_person=few, budget_fen=st.integers(1, 900)),
    ends_at=ends,
)


def _countable(terms: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """No budget where points or coupons are given, which none counts."""
    given = [*terms.get("tiers", ()), terms.get("base") or {}]
    if not any(tier.get("points") or tier.get("coupon") for tier in given) or not top.get("limits"):
        return top
    return {**top, "limits": {name: most for name, most in top["limits"].items() if name != "budget_fen"}}


def offers(*lanes: str) -> Any:
    """An offer of one of these lanes."""
    pairs = st.sampled_from([(lane, kind) for lane in lanes for kind in LANES[lane]])
    return pairs.flatmap(
        lambda pair: st.tuples(LANES[pair[0]][pair[1]], tops).map(
            lambda two: parse(document(pair[1], pair[0], top=_countable(two[0], two[1]), **two[0]))
        )
    )


def _item(fields: tuple[str, int, int, int, bool]) -> Item:
    sku, pieces, unit, floor, member = fields
    return Item(
        sku,
        pieces,
        Fen(unit),
        f"P-{sku}",
        frozenset({f"C-{sku}"}),
        floor=Fen(min(floor, unit)),
        weight=100,
        member=member,
    )


items = st.tuples(
    st.sampled_from(SKUS), st.integers(1, 7), st.integers(0, 600), st.sampled_from([0, 0, 1, 150]), st.booleans()
).map(_item)
baskets = st.lists(items, min_size=1, max_size=4)
stock = {"G": GiftInfo(Fen(120), 3, Fen(150), 7), "H": GiftInfo(Fen(80), 2)}
freights = st.sampled_from(
    [
        FreightTemplate(Fen(0)),
        FreightTemplate(Fen(77), free_from=Fen(900)),
        FreightTemplate(Fen(50), 2, 3, Fen(20)),
        FreightTemplate(Fen(50), 150, 200, Fen(13), "weight", surcharge=Fen(31)),
    ]
).map(Tariffs)
points_rules = st.tuples(
    st.sampled_from([0, 30, 100, 250]), st.sampled_from([10_000, 3_333]), st.sampled_from([1, 7]), st.booleans()
).map(lambda four: PointsRule(*four))
GOODS = ("activity", "price", "shop", "campaign", "freight")


def _numbered(found: list[Offer]) -> Offers:
    return Offers(offer._replace(id=f"F{i}") for i, offer in enumerate(found))


def _purchase(parts: tuple[Any, ...]) -> Purchase:
    basket, found, freight, rule, discount, chosen = parts
    known = _numbered(found)
    added = [(offer.id, 1) for offer in known.all if offer.kind == "add_on"] if chosen else []
    return Purchase(
        tuple(basket), known, NOW, Shopper(discount_bp=discount, points=500), freight, stock, {}, rule, add_ons=added
    )


purchases = st.tuples(
    baskets,
    st.lists(offers(*GOODS), max_size=6),
    freights,
    points_rules,
    st.sampled_from([10_000, 9_000]),
    st.booleans(),
).map(_purchase)


def in_hand(lane: str, most: int) -> Any:
    """Coupons of a lane."""
    return st.lists(st.tuples(offers(lane), ends), max_size=most).map(
        lambda pairs: [CouponInHand(f"{lane}{i}", offer, end) for i, (offer, end) in enumerate(pairs)]
    )
