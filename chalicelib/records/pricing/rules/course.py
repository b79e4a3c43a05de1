"""The course of pricing: the units as they stand after the lanes so far, the layers, and what every offer answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.kernel.bill import KEEP_IF, MAIN, PRORATE, CouponUse, Layer
from chalicelib.kernel.money import Fen

from .goods import Item
from .offers import Offer, Shopper
from .reasons import APPLIED, OfferOutcome, lacking
from .settling import TRIALS
from .units import Deal, Gift, Imprint, Lack, Stand, Unit, lay, shares

SPENT = -1  # in place of how often an offer may be used yet: its budget does not go so far
SERVING = frozenset({"shop", "campaign"})
GROWING = ("units", "layers", "outcomes", "held", "gifts", "added", "coupons", "gifted", "blocked", "freeing")


class GiftInfo(NamedTuple):
    """What is known of a SKU that an offer gives or adds: its price, its list price, how many there are, its version, and where
    it is sent from."""

    price: Fen
    available: int
    list_price: Fen | None = None
    version: int = 0
    location: str = MAIN

    @property
    def value(self) -> Fen:
        """What a gift is worth: the price without any offer."""
        return self.price if self.list_price is None else self.list_price


class Contender(NamedTuple):
    """An offer and the places of the basket that it covers; `coupon` is the customer's own, where it is one."""

    offer: Offer
    places: frozenset[int]
    coupon: str = ""


class Held(NamedTuple):
    """An offer that holds: how often it was used, what it spent of its budget (fen off, and what its gifts are worth), its layer
    if it has one, and whether it gives nothing but the freight."""

    contender: Contender
    uses: int
    spent: int
    layer: int = -1
    only_freight: bool = False


class GiftGiven(NamedTuple):
    """Pieces of a gift, by the layer that brings them."""

    layer: int
    sku: str
    pieces: int


class AddedLine(NamedTuple):
    """An add-on: its place in the basket, and the layer that brings it."""

    item: int
    layer: int


@dataclass
class Course:
    """What is known before, and what has come of it."""

    basket: Sequence[Item]
    shopper: Shopper
    at: int
    gift_infos: Mapping[str, GiftInfo]
    left: Mapping[str, int]
    units: list[Unit]
    layers: list[Layer] = field(default_factory=list)
    outcomes: list[OfferOutcome] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    gifts: list[GiftGiven] = field(default_factory=list)
    added: list[AddedLine] = field(default_factory=list)
    coupons: list[CouponUse] = field(default_factory=list)
    gifted: list[str] = field(default_factory=list)
    blocked: list[tuple[str, str]] = field(default_factory=list)
    freeing: list[Held] = field(default_factory=list)
    bonus: int = 0
    beside: int = 0
    exact: bool = True
    trials: int = TRIALS

    def copy(self) -> Course:
        """The same, to go on from here in another way."""
        other = copy(self)
        for name in GROWING:
            setattr(other, name, list(getattr(self, name)))
        return other

    # ---- what an offer may take -------------------------------------------------------------------------------------
    def claims(self, one: Contender) -> list[int]:
        """The units that an offer may take."""
        offer, lane = one.offer, one.offer.lane
        found = [at for at, unit in enumerate(self.units) if unit.item in one.places]
        found = [at for at in found if not self.units[at].shut or lane in self.units[at].admits]
        if offer.excludes_discounted:
            found = [at for at in found if not self.units[at].discounted]
        if lane == "coupon":
            found = [at for at in found if self._takes_coupon(self.units[at], offer)]
        return found

    @staticmethod
    def _takes_coupon(unit: Unit, offer: Offer) -> bool:
        return unit.coupons and not (offer.exclusive and unit.served)

    def why_no_claim(self, one: Contender) -> Lack:
        """Why an offer may take none of the units."""
        units = [unit for unit in self.units if unit.item in one.places]
        if not units:
            return Lack("NOTHING_COVERED")
        open_ = [unit for unit in units if not unit.shut or one.offer.lane in unit.admits]
        if not open_:
            return Lack("ACTIVITY_PRICE")
        if one.offer.excludes_discounted and all(unit.discounted for unit in open_):
            return Lack("DISCOUNTED")
        return Lack("NO_COUPONS")

    def stand(self, one: Contender, claims: Iterable[int], free: Sequence[int]) -> tuple[Stand, list[int]]:
        """What stands before an offer, and the units' places in the course."""
        places = [at for at in claims if free[at]]
        units = [
            self.units[at] if free[at] == self.units[at].pieces else self.units[at]._replace(pieces=free[at])
            for at in places
        ]
        offer = one.offer
        return Stand(units, self.basket, offer.scope, offer.pick, self.most(offer)), places

    def most(self, offer: Offer) -> int | None:
        """How often an offer may be used in this order."""
        bounds = [bound for bound in (offer.limits.most, self.left.get(offer.id)) if bound is not None]
        return min(bounds) if bounds else None

    @property
    def free(self) -> tuple[int, ...]:
        """Every piece."""
        return tuple(unit.pieces for unit in self.units)

    def worth(self, deal: Deal) -> tuple[int, int]:
        """Money off, then what the gifts and the rest are worth."""
        gifts = sum(info.value * gift.pieces for gift in deal.gifts if (info := self.gift_infos.get(gift.sku)))
        return deal.off, int(gifts) + len(deal.gifts) + deal.points + len(deal.coupons) + int(deal.free_freight)

    # ---- what comes of it -------------------------------------------------------------------------------------------
    def refuse(self, one: Contender, lack: Lack) -> None:
        """An offer gives nothing, and says why."""
        fen, pieces = lacking(lack)
        offer = one.offer
        self.outcomes.append(OfferOutcome(offer.id, offer.lane, False, Fen(0), lack.code, fen, pieces, one.coupon))

    def apply(self, deals: Sequence[tuple[Contender, Deal]], shut: bool = False) -> None:
        """Offers that share no piece take what is theirs."""
        laid = []
        for one, deal in deals:
            offer, layer = one.offer, len(self.layers)
            mark = Imprint(offer.lane in SERVING, not offer.with_coupons, shut)
            laid.append((layer, shares(self.units, deal), mark))
            self.layers.append(self._layer(offer, deal))
            self.beside += self.worth(deal)[1]
            self._hold(one, deal, layer)
        self.units = lay(self.units, laid)

    def _layer(self, offer: Offer, deal: Deal) -> Layer:
        """What is frozen of an offer. Whether it is kept can hang on its threshold, its gifts or its base only."""
        layer = Layer(offer.lane, offer.id, offer.version, Fen(deal.off), deal.threshold, offer.policy)
        if offer.policy != KEEP_IF:
            return layer
        if not (deal.threshold or deal.gifts or deal.base):
            return layer._replace(policy=PRORATE)
        items = deal.base or [self.units[at].item for at, *_ in deal.taken]
        return layer._replace(covers=sum(1 << item for item in set(items)), below=deal.below)

    def _hold(self, one: Contender, deal: Deal, layer: int) -> None:
        offer = one.offer
        only_freight = deal.free_freight and not deal._replace(free_freight=False).gives
        held = Held(one, deal.uses, self.spends(deal), layer, only_freight)
        self.held.append(held)
        before = len(self.gifts)
        given = [self._give(gift, layer, offer) for gift in deal.gifts]
        pieces, wanted = sum(one.pieces for one in self.gifts[before:]), sum(gift.pieces for gift in deal.gifts)
        if deal.free_freight:
            self.freeing.append(held)
        if one.coupon:
            self.coupons.append(CouponUse(one.coupon, layer))
        self.bonus += deal.points
        self.gifted += deal.coupons
        fen, missing = lacking(deal.next)
        code = "GIFT_OUT" if not all(given) else APPLIED if deal.off else "GIVEN"
        told = OfferOutcome(offer.id, offer.lane, True, Fen(deal.off), code, fen, missing, one.coupon)
        partly = all(given) and pieces < wanted
        self.outcomes.append(told._replace(given=pieces, wanted=wanted) if partly else told)

    # ---- gifts ------------------------------------------------------------------------------------------------------
    def available(self, sku: str) -> int:
        """How many of a SKU are left for gifts: less what is bought, added or given already."""
        info = self.gift_infos.get(sku)
        taken = sum(item.quantity for item in self.basket if item.sku == sku)
        given = sum(gift.pieces for gift in self.gifts if gift.sku == sku)
        return max(0, info.available - taken - given) if info else 0

    def gift_parts(self, gift: Gift) -> list[tuple[str, int]]:
        """(SKU, pieces) that can be given of a gift; the substitute fills up what is missing."""
        pieces = min(gift.pieces, self.available(gift.sku))
        parts = [(gift.sku, pieces)]
        if gift.substitute:
            parts.append((gift.substitute, min(gift.pieces - pieces, self.available(gift.substitute))))
        return [(sku, n) for sku, n in parts if n]

    def _give(self, gift: Gift, layer: int, offer: Offer) -> bool:
        """Give what there is; whether that will do."""
        parts = self.gift_parts(gift)
        self.gifts += [GiftGiven(layer, sku, pieces) for sku, pieces in parts]
        if gift.out == "block" and sum(pieces for _, pieces in parts) < gift.pieces:
            self.blocked.append((offer.id, gift.sku))
            return False
        return True

    def spends(self, deal: Deal) -> int:
        """What a deal takes of a budget: fen off, and the worth of the gifts that can be given."""
        parts = [part for gift in deal.gifts for part in self.gift_parts(gift)]
        return deal.off + sum(int(self.gift_infos[sku].value) * pieces for sku, pieces in parts)

    def without_gifts(self, deals: Sequence[Deal]) -> list[int]:
        """Which of these deals, served in this order, give nothing since those before them took the last of their gifts."""
        if not any(deal.gifts for deal in deals):
            return []
        so_far, out = self.copy(), []
        for at, deal in enumerate(deals):
            if isinstance(so_far.with_gifts_in_stock(deal), Lack):
                out.append(at)
                continue
            for gift in deal.gifts:
                so_far.gifts += [GiftGiven(-1, sku, pieces) for sku, pieces in so_far.gift_parts(gift)]
        return out

    def with_gifts_in_stock(self, deal: Deal) -> Deal | Lack:
        """The deal with those gifts that can be given, or must be; what is nothing but a gift that is out is none."""
        if not deal.gifts:
            return deal
        kept = tuple(gift for gift in deal.gifts if gift.out == "block" or self.gift_parts(gift))
        found = deal._replace(gifts=kept)
        return found if found.gives or not deal.gives else Lack("GIFT_OUT")
