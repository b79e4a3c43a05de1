"""Offers as they work: read from the documents that operators set up, and found by the goods they cover."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.kernel.bill import LANES as LANES
from chalicelib.kernel.bill import POLICIES, PRORATE

from .goods import EVERYTHING, Item, Scope
from .kinds import KINDS
from .reading import OfferInvalid as OfferInvalid
from .reading import Reader
from .units import PICKS

OF_OFFERS = tuple(lane for lane in LANES if lane != "points")
LIMITS = ("per_order", "per_person", "per_day", "total", "budget_fen")
MEMBER = "member"


class Needs(NamedTuple):
    """What the basket and the customer's orders must be like: something of a scope in it; the how manieth order it is."""

    basket_has: Scope | None = None
    nth_order: int | None = None


class Audience(NamedTuple):
    """Whom an offer is for; what names nobody is for all."""

    levels: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    new_customers: bool = False


class OfferLimits(NamedTuple):
    """How often it may be used: a use is a piece, a set or an order, as its kind counts. None: as often as one likes."""

    per_order: int | None = None
    per_person: int | None = None
    per_day: int | None = None
    total: int | None = None
    budget_fen: int | None = None

    @property
    def most(self) -> int | None:
        """At most so many uses in one order."""
        bounds = [bound for bound in self[:4] if bound is not None]
        return min(bounds) if bounds else None


class Offer(NamedTuple):
    """A version of an offer. It holds from `starts` on and before `ends`, both epoch ms; None is open.

    `stacks`: works beside others of its lane on the same pieces, by `priority`; `exclusive`: nothing else works beside it;
    `excludes_discounted`: takes only pieces nothing is off yet; `with_coupons` False: what it serves takes no coupon.
    """

    id: str
    version: int
    zh: str
    en: str
    lane: str
    kind: str
    terms: Any
    scope: Scope = EVERYTHING
    starts: int | None = None
    ends: int | None = None
    priority: int = 0
    stacks: bool = False
    exclusive: bool = False
    excludes_discounted: bool = False
    with_coupons: bool = True
    needs: Needs = Needs()
    audience: Audience = Audience()
    pick: str = "cart"
    limits: OfferLimits = OfferLimits()
    policy: str = PRORATE

    @property
    def rank(self) -> tuple[int, str]:
        """Who comes first where nothing else decides."""
        return -self.priority, self.id


class CouponInHand(NamedTuple):
    """A customer's coupon: its own id, the offer that its template makes, and when this one ends (epoch ms)."""

    id: str
    offer: Offer
    ends: int | None = None


class Shopper(NamedTuple):
    """Who buys: level with its share of the price (9折 is 9000), segments, channel, paid orders so far, points to spend,
    and whether a level frees them from freight."""

    level: str = ""
    discount_bp: int = 10_000
    segments: frozenset[str] = frozenset()
    channel: str = ""
    paid_orders: int = 0
    is_new: bool = False
    points: int = 0
    free_freight: bool = False


def parse(document: Any) -> Offer:
    """An offer from its document. Raises OfferInvalid with the field that does not fit."""
    given = Reader(document)
    name = given.inner("name")
    lane = given.choice("lane", OF_OFFERS)
    kind = KINDS.get(word := given.text("kind"))
    if kind is None:
        raise given.wrong("kind", "choice")
    if lane not in kind.lanes:
        raise given.wrong("lane", "other_lane")
    terms = given.inner("terms")
    starts, ends = given.instant("starts_at"), given.instant("ends_at")
    if starts is not None and ends is not None and ends <= starts:
        raise given.wrong("ends_at", "order")
    offer = Offer(
        given.text("id", ""),
        given.maybe("version", least=0) or 0,
        name.text("zh"),
        name.text("en"),
        lane,
        word,
        kind.read(terms, lane),
        given.scope("scope"),
        starts,
        ends,
        given.number("priority", -1000, 1000) if given.has("priority") else 0,
        given.flag("stacks"),
        given.flag("exclusive"),
        given.flag("excludes_discounted"),
        given.flag("with_coupons", True),
        _needs(given.inner("needs")),
        _audience(given.inner("audience")),
        given.choice("pick", PICKS, "cart"),
        _limits(given.inner("limits")),
        given.choice("refund_policy", POLICIES, PRORATE),
    )
    for reader in (name, terms, given):
        reader.done()
    if offer.limits.budget_fen is not None and kind.uncounted(offer.terms):
        raise given.wrong("limits.budget_fen", "uncounted")
    return offer


def _needs(given: Reader) -> Needs:
    scope = given.scope("basket_has") if given.has("basket_has") else None
    found = Needs(scope, given.maybe("nth_order"))
    given.done()
    return found


def _audience(given: Reader) -> Audience:
    levels, segments, channels = (given.names(name) for name in ("levels", "segments", "channels"))
    found = Audience(levels, segments, channels, given.flag("new_customers"))
    given.done()
    return found


def _limits(given: Reader) -> OfferLimits:
    found = OfferLimits(*(given.maybe(name) for name in LIMITS))
    given.done()
    return found


class Offers:
    """Offers, by the goods they cover: made once a snapshot, asked for every basket."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self.all = tuple(sorted(offers, key=lambda offer: offer.rank))
        self._everywhere: list[int] = []
        self._named: dict[tuple[str, str], list[int]] = {}
        self._leaving: set[int] = set()
        self._scopes = [(offer.scope, *KINDS[offer.kind].also(offer.terms)) for offer in self.all]
        brings = [KINDS[offer.kind].brings(offer.terms) for offer in self.all]
        self._bringing = [one for one in zip(self._scopes, brings, strict=True) if one[1]]
        for at, scopes in enumerate(self._scopes):
            for scope in scopes:
                self._note(at, scope)

    def _note(self, at: int, scope: Scope) -> None:
        if scope.not_categories or scope.not_products or scope.not_skus:
            self._leaving.add(at)
        if scope.all:
            self._everywhere.append(at)
            return
        for word, names in (("c", scope.categories), ("p", scope.products), ("s", scope.skus)):
            for name in names:
                self._named.setdefault((word, name), []).append(at)

    def brought(self, goods: Iterable[tuple[str, str]]) -> frozenset[str]:
        """The SKUs that these may give or add to goods, which are (sku, product): their prices and stock have to be read. Of
        which categories the goods are is not known yet."""
        named = list(goods)
        return frozenset(
            sku
            for scopes, skus in self._bringing
            if any(scope.may_cover(*one) for scope in scopes for one in named)
            for sku in skus
        )

    def covering(self, basket: Sequence[Item]) -> list[frozenset[int]]:
        """For every offer the places of the basket that it covers."""
        found: list[set[int]] = [set() for _ in self.all]
        for place, item in enumerate(basket):
            names = [("s", item.sku), ("p", item.product), *(("c", category) for category in item.categories)]
            for at in self._everywhere:
                found[at].add(place)
            for name in names:
                for at in self._named.get(name, ()):
                    found[at].add(place)
        for at in self._leaving:
            scopes = self._scopes[at]
            found[at] = {place for place in found[at] if any(scope.covers(basket[place]) for scope in scopes)}
        return [frozenset(places) for places in found]


def places_of(offer: Offer, basket: Sequence[Item]) -> frozenset[int]:
    """The places of the basket that one offer covers."""
    return Offers([offer]).covering(basket)[0]


def compiled(documents: Iterable[Mapping[str, Any]]) -> Offers:
    """The offers of a snapshot's documents. Raises OfferInvalid for the first that does not fit."""
    return Offers(parse(document) for document in documents)
