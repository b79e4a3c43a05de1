"""What a price trial takes and answers."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import instant, iso
from chalicelib.kernel.ids import ULID
from chalicelib.kernel.runs import Run
from chalicelib.records.catalog.shapes import TextBody
from chalicelib.records.orders.shapes import CostView, cost_of
from chalicelib.records.pricing.rules.offers import Shopper
from chalicelib.records.pricing.rules.points import PointsRule
from chalicelib.records.pricing.rules.reasons import OfferOutcome
from chalicelib.records.pricing.shapes import OfferLane
from chalicelib.runtime.http import Amount, Body, Instant, View, amount
from chalicelib.runtime.http.kinds import EXACT, WORDS, SkuText, Word

from ..offers.shapes import AudienceBody, Moment, Name, NeedsBody, ScopeBody
from .service import Trial, Tried

OfferText = Annotated[str, Field(pattern=f"^F{ULID}$", examples=["F01JZ0000000000000000000000"]), EXACT]
TemplateText = Annotated[str, Field(pattern=f"^[A-Z]{ULID}$", examples=["K01JZ0000000000000000000000"]), EXACT]


class TrialLine(Body):
    """Pieces of a SKU."""

    sku: SkuText
    quantity: int = Field(ge=1, le=999, examples=[2])


class TrialCustomer(Body):
    """A kind of customer: level and its share of the price (9折 is 9000), segments, channel, paid orders, points."""

    level: Name | None = None
    discount_bp: int = Field(default=10_000, ge=1, le=10_000)
    segments: list[Name] = Field(default=[], max_length=20)
    channel: Name | None = None
    paid_orders: int = Field(default=0, ge=0, le=1_000_000)
    is_new: bool = False
    points: int = Field(default=0, ge=0, le=10**9)

    def shopper(self) -> Shopper:
        return Shopper(
            self.level or "",
            self.discount_bp,
            frozenset(self.segments),
            self.channel or "",
            self.paid_orders,
            self.is_new,
            self.points,
        )


class TrialCoupon(Body):
    """A coupon that there is no template of yet: what it takes off, of what."""

    name: TextBody
    lane: Literal["coupon", "freight_coupon"] = "coupon"
    kind: Name = Field(examples=["amount"])
    terms: dict[Word, Annotated[Any, WORDS]] = Field(max_length=20, examples=[{"off_fen": 1000, "min_fen": 10000}])
    scope: ScopeBody
    exclusive: bool = False
    excludes_discounted: bool = False
    needs: NeedsBody = NeedsBody()
    audience: AudienceBody = AudienceBody()
    pick: Literal["cart", "dearest", "cheapest"] = "cart"


class TrialPoints(Body):
    """What points pay: `fen_per_100` fen for 100 of them, in steps of `unit`, at most a share of the goods (half is 5000)."""

    fen_per_100: int = Field(default=100, ge=1, le=10**6)
    max_bp: int = Field(default=10_000, ge=1, le=10_000)
    unit: int = Field(default=1, ge=1, le=10**6)
    with_coupon: bool = True

    def rule(self) -> PointsRule:
        return PointsRule(self.fen_per_100, self.max_bp, self.unit, self.with_coupon)


class TrialAddOn(Body):
    """So many pieces of what an offer lets one add."""

    offer_id: OfferText
    quantity: int = Field(default=1, ge=1, le=99)


class PriceTrial(Body):
    """A basket, a kind of customer and an instant (now, if none is said); offers whose latest version is tried as though it
    were published; coupons by template or as they might be; points to spend, and what they pay."""

    lines: list[TrialLine] = Field(min_length=1, max_length=50)
    customer: TrialCustomer = TrialCustomer()
    at: Moment | None = None
    drafts: list[OfferText] = Field(default=[], max_length=20)
    templates: list[TemplateText] = Field(default=[], max_length=20)
    coupons: list[TrialCoupon] = Field(default=[], max_length=20)
    points: int = Field(default=0, ge=0, le=10**9)
    points_rule: TrialPoints = TrialPoints()
    add_ons: list[TrialAddOn] = Field(default=[], max_length=20)

    def trial(self, now: datetime) -> Trial:
        added = Counter[str]()
        for one in self.add_ons:
            added[one.offer_id] += one.quantity
        return Trial(
            [(line.sku, line.quantity) for line in self.lines],
            self.customer.shopper(),
            self.at or now,
            self.drafts,
            self.templates,
            [coupon.model_dump(mode="json", by_alias=True) for coupon in self.coupons],
            self.points,
            list(added.items()),
            self.points_rule.rule(),
        )


class TriedRun(View):
    """Equal pieces: what is paid for one, what each layer takes off it (by the layers' order), points, its freight."""

    pieces: int
    goods: Amount
    offs: list[Amount]
    points: Amount
    freight: Amount


class TriedLine(CostView):
    """A line as it would stand in a quote; gifts and what was added follow those of the basket."""

    sku: str
    runs: list[TriedRun]


class TriedOffer(View):
    """What became of an offer, in a sentence for a customer; what is missing is to it, or to its next tier once applied."""

    offer: str
    name_zh: str
    name_en: str
    applied: bool
    off: Amount
    code: str
    zh: str
    en: str
    missing: Amount
    missing_pieces: int
    coupon: str | None


class TriedLaneView(View):
    """A lane: what applies in it, and why not the rest."""

    lane: OfferLane
    applied: list[TriedOffer]
    others: list[TriedOffer]


class TriedLayer(View):
    """What an offer takes off the whole; runs name layers by their order."""

    lane: OfferLane
    offer: str
    version: int
    off: Amount


class TriedLimit(View):
    """So much of an offer's limit would be used."""

    offer: str
    limit: str
    n: int
    cap: int


class TriedView(View):
    """What it would cost. `exact`: every way of sharing pieces among offers was tried; `blocked`: gifts without which there
    would be no order; `gift_coupons`: templates of which it brings one each; `ends_at`: when the first
    of the offers that apply ends."""

    at: Instant
    goods: Amount
    off: Amount
    freight: Amount
    payable: Amount
    points_used: int
    points_pay: Amount
    points_earned: int
    ends_at: Instant | None
    gift_coupons: list[str]
    exact: bool
    blocked: list[str]
    lines: list[TriedLine]
    layers: list[TriedLayer]
    lanes: list[TriedLaneView]
    limits: list[TriedLimit]


def tried_view(tried: Tried, at: datetime) -> TriedView:
    priced = tried.priced
    return TriedView(
        at=iso(at),
        goods=amount(priced.goods),
        off=amount(priced.off),
        freight=amount(priced.freight),
        payable=amount(priced.payable),
        points_used=priced.points.n,
        points_pay=amount(priced.points.fen),
        points_earned=priced.earn,
        gift_coupons=list(priced.gifted),
        ends_at=iso(instant(priced.ends)) if priced.ends is not None else None,
        exact=priced.exact,
        blocked=[sku for _, sku in priced.blocked],
        lines=[
            TriedLine(sku=line.sku, runs=[_run(run) for run in line.runs], **cost_of(line, priced.bill))
            for line in priced.lines
        ],
        layers=[
            TriedLayer(lane=layer.lane, offer=layer.offer, version=layer.version, off=amount(layer.off))
            for layer in priced.layers
        ],
        lanes=[
            TriedLaneView(
                lane=lane.lane,
                applied=[_outcome(one, tried) for one in lane.applied],
                others=[_outcome(one, tried) for one in lane.others],
            )
            for lane in tried.lanes
        ],
        limits=[TriedLimit(**one._asdict()) for one in priced.limits],
    )


def _run(run: Run) -> TriedRun:
    return TriedRun(
        pieces=run.pieces,
        goods=amount(run.goods),
        offs=[amount(off) for off in run.offs],
        points=amount(run.points),
        freight=amount(run.freight),
    )


def _outcome(one: OfferOutcome, tried: Tried) -> TriedOffer:
    zh, en = tried.names.get(one.offer, ("", ""))
    return TriedOffer(
        offer=one.offer,
        name_zh=zh,
        name_en=en,
        applied=one.applied,
        off=amount(one.off),
        code=one.code,
        zh=one.zh,
        en=one.en,
        missing=amount(one.missing_fen),
        missing_pieces=one.missing_pieces,
        coupon=one.coupon or None,
    )
