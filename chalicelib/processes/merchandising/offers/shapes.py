"""What the shop's own people send and see of offers. An offer's document is replaced whole; its terms are its kind's."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from chalicelib.kernel.clock import iso, iso_or_none
from chalicelib.kernel.ids import ULID
from chalicelib.records.catalog.shapes import TextBody
from chalicelib.records.pricing.shapes import OfferKindName, OfferLane
from chalicelib.records.promotions.offers.service import OfferDraft, OfferHead, state_of
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import EXACT, WORDS, CategoryText, SkuText, Word, Words
from chalicelib.runtime.http.shapes import Paging

Lane = Literal["activity", "price", "shop", "campaign", "freight"]
State = Literal["draft", "published", "ended", "killed", "discarded"]
ProductText = Annotated[str, Field(pattern=f"^P{ULID}$", examples=["P01JZ0000000000000000000000"]), EXACT]
Name = Annotated[Word, Field(min_length=1, max_length=32, examples=["gold"])]
Moment = Annotated[
    AwareDatetime,
    Field(
        ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC), examples=["2026-06-18T00:00:00+08:00"]
    ),
]
Count = Annotated[int, Field(ge=1, le=1_000_000, examples=[2])]
Money = Annotated[int, Field(ge=1, le=10**11, examples=[5_000_000])]


class ExceptBody(Body):
    """What a scope leaves out."""

    categories: list[CategoryText] = Field(default=[], max_length=50)
    products: list[ProductText] = Field(default=[], max_length=100)
    skus: list[SkuText] = Field(default=[], max_length=200)


class ScopeBody(ExceptBody):
    """Which goods an offer is for: all, or what is named (a category with those below it), but what is left out."""

    model_config = ConfigDict(serialize_by_alias=True)

    all: bool = False
    but: ExceptBody = Field(default=ExceptBody(), alias="not")


class NeedsBody(Body):
    """What else must hold: something of a scope is in the basket, it is the customer's so-manieth paid order."""

    basket_has: ScopeBody | None = None
    nth_order: Annotated[int, Field(ge=1, le=10_000)] | None = None


class AudienceBody(Body):
    """For whom it is; an empty list is for everybody. A segment opens coupons only, never a price."""

    levels: list[Name] = Field(default=[], max_length=20)
    segments: list[Name] = Field(default=[], max_length=20)
    channels: list[Name] = Field(default=[], max_length=20)
    new_customers: bool = False


class LimitsBody(Body):
    """How often it may be used, and what it may cost the shop in all (fen)."""

    per_order: Count | None = None
    per_person: Count | None = None
    per_day: Count | None = None
    total: Count | None = None
    budget_fen: Money | None = None


class OfferBody(Body):
    """All that an offer says. It holds from `starts_at` on and is over at `ends_at`; `reference` is what its struck-through
    price is: the lowest of the seven days before it, or the list price."""

    name: TextBody
    lane: Lane = Field(examples=["shop"])
    kind: Name = Field(examples=["threshold"])
    terms: dict[Word, Annotated[Any, WORDS]] = Field(
        max_length=20, examples=[{"by": "fen", "tiers": [{"at": 20_000, "off_fen": 3000}]}]
    )
    scope: ScopeBody = Field(examples=[{"all": True}])
    starts_at: Moment
    ends_at: Moment | None = None
    priority: int = Field(default=0, ge=0, le=1000)
    stacks: bool = False
    exclusive: bool = False
    excludes_discounted: bool = False
    with_coupons: bool = True
    needs: NeedsBody = NeedsBody()
    audience: AudienceBody = AudienceBody()
    pick: Literal["cart", "dearest", "cheapest"] = "cart"
    limits: LimitsBody = LimitsBody()
    refund_policy: Literal["prorate", "keep_if_threshold_still_met", "return_if_all"] = "prorate"
    reference: Literal["lowest", "list"] = "lowest"

    def document(self) -> dict[str, Any]:
        """What is kept: plain JSON, instants in UTC."""
        plain = self.model_dump(mode="json", by_alias=True)
        return {**plain, "starts_at": iso(self.starts_at), "ends_at": iso_or_none(self.ends_at)}


class AskOffers(Paging):
    """Which offers to list."""

    state: State = "published"
    lane: Lane | None = None
    kind: Name | None = None


class PublishOffer(Body):
    """The version that was seen, which is the latest."""

    version: int = Field(ge=1, le=999_999, examples=[1])


class KillOffer(Body):
    """What was wrong with it."""

    reason: Words = Field(min_length=2, max_length=100, examples=["wrong price"])


class OfferRef(View):
    """An offer and its latest version: send it as If-Match with the next edit or publication."""

    id: str = Field(examples=["F01JZ0000000000000000000000"])
    version: int
    state: State


class OfferLine(OfferRef):
    """An offer in a list. `live` is the version that is published; null for none."""

    live: int | None
    lane: OfferLane
    kind: OfferKindName
    name_zh: str
    name_en: str
    began_at: Instant | None
    ends_at: Instant | None
    edited_at: Instant


class OfferVersionView(View):
    """What an offer said in one of its versions, and who wrote that."""

    version: int
    actor: str
    at: Instant
    document: OfferBody


class OfferAdmin(OfferLine):
    """An offer as it is kept: what its latest version says, and beside it what is published, where that is another."""

    reason: str | None = Field(description="why it was killed; null when it was not")
    latest: OfferVersionView
    published: OfferVersionView | None


def offer_ref(edited: OfferDraft, now: datetime) -> OfferRef:
    told = {"id": edited.head.id, "version": edited.version, "state": state_of(edited.head, now)}
    return OfferRef.model_validate(told)


def offer_line(head: OfferHead, now: datetime) -> OfferLine:
    return OfferLine(**_line(head, now))


def offer_admin(latest: OfferDraft, published: OfferDraft | None, now: datetime) -> OfferAdmin:
    return OfferAdmin(
        **_line(latest.head, now),
        reason=latest.head.reason,
        latest=offer_version(latest),
        published=offer_version(published) if published is not None else None,
    )


def offer_version(said: OfferDraft) -> OfferVersionView:
    return OfferVersionView(
        version=said.version,
        actor=said.actor,
        at=iso(said.at),
        document=OfferBody.model_validate(said.document, strict=False),
    )


def _line(head: OfferHead, now: datetime) -> dict[str, Any]:
    return {
        "id": head.id,
        "version": head.version,
        "state": state_of(head, now),
        "live": head.live,
        "lane": head.lane,
        "kind": head.kind,
        "name_zh": head.name_zh,
        "name_en": head.name_en,
        "began_at": iso_or_none(head.began),
        "ends_at": iso_or_none(head.ends),
        "edited_at": iso(head.edited),
    }
