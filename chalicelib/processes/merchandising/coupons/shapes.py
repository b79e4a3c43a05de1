"""What the shop's own people send and see of coupons: templates with their counts, codes and grants with their progress."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import instant, iso, iso_or_none, millis
from chalicelib.kernel.ids import ULID
from chalicelib.records.catalog.shapes import TextBody
from chalicelib.records.coupons.rules import (
    LEAST_SHARED,
    MOST_CODES,
    MOST_GRANTED,
    MOST_PER_PERSON,
    MOST_SHARED,
    Terms,
)
from chalicelib.records.coupons.service.codes import ListedCode
from chalicelib.records.coupons.service.jobs import CouponJob
from chalicelib.records.coupons.service.templates import Funnel, Sheet
from chalicelib.records.pricing.shapes import OfferKindName
from chalicelib.runtime.http import Body, Instant, View
from chalicelib.runtime.http.kinds import EXACT, WORDS, Whole, Word
from chalicelib.runtime.http.shapes import Amount, Paging, Query, amount

from ..offers.shapes import AudienceBody, Count, Moment, Name, NeedsBody, ScopeBody

CouponLane = Literal["coupon", "freight_coupon"]
TemplateState = Literal["draft", "open", "closed", "stopped", "discarded"]
JobState = Literal["waiting", "running", "done"]
CustomerText = Annotated[str, Field(pattern=f"^U{ULID}$", examples=["U01JZ0000000000000000000000"]), EXACT]


class CouponOfferBody(Body):
    """What a coupon takes off, of what, and beside what: an offer of the lane `coupon` or `freight_coupon`."""

    name: TextBody
    lane: CouponLane = "coupon"
    kind: Name = Field(examples=["amount"])
    terms: dict[Word, Annotated[Any, WORDS]] = Field(max_length=20, examples=[{"off_fen": 1000, "min_fen": 10000}])
    scope: ScopeBody = Field(examples=[{"all": True}])
    exclusive: bool = False
    excludes_discounted: bool = False
    needs: NeedsBody = NeedsBody()
    audience: AudienceBody = AudienceBody()
    pick: Literal["cart", "dearest", "cheapest"] = "cart"
    refund_policy: Literal["prorate", "keep_if_threshold_still_met", "return_if_all"] = "prorate"


class CouponUseBody(Body):
    """When it is used: from `starts_at` and before `ends_at`, or for `days` from `after_days` after it was had."""

    starts_at: Moment | None = None
    ends_at: Moment | None = None
    after_days: int = Field(default=0, ge=0, le=365)
    days: Annotated[int, Field(ge=1, le=730, examples=[7])] | None = None


class CouponTemplateBody(Body):
    """All that a template says. `public`: anyone may claim it; `newcomer`: whoever registers is given it; else it comes by
    code or grant. Null is no limit."""

    offer: CouponOfferBody
    use: CouponUseBody = Field(examples=[{"days": 7}])
    total: Count | None = None
    per_person: int = Field(default=1, ge=1, le=MOST_PER_PERSON)
    per_day: Annotated[int, Field(ge=1, le=MOST_PER_PERSON)] | None = None
    claim_from: Moment | None = None
    claim_to: Moment | None = None
    public: bool = False
    newcomer: bool = False

    def kept(self) -> Terms:
        """What is kept: the offer as plain JSON, instants in epoch milliseconds."""
        audience = self.offer.audience
        return Terms(
            document=self.offer.model_dump(mode="json", by_alias=True),
            total=self.total,
            per_person=self.per_person,
            per_day=self.per_day,
            claim_from=_millis(self.claim_from),
            claim_to=_millis(self.claim_to),
            use_from=_millis(self.use.starts_at),
            use_to=_millis(self.use.ends_at),
            use_after_days=self.use.after_days,
            use_days=self.use.days,
            public=self.public,
            newcomer=self.newcomer,
            levels=tuple(audience.levels),
            segments=tuple(audience.segments),
            channels=tuple(audience.channels),
        )


class AskCouponTemplates(Paging):
    """Which templates to list."""

    state: TemplateState = "open"
    lane: CouponLane | None = None
    newcomer: bool | None = None


class MoveCouponTemplate(Body):
    """open: it is given out; close: no more of it; stop: what people have of it cannot be used either; discard a draft."""

    action: Literal["open", "close", "stop", "discard"]


class CouponTemplateRef(View):
    """A template; send its version as If-Match with the next edit or move."""

    id: str = Field(examples=["K01JZ0000000000000000000000"])
    version: int
    state: TemplateState


class CouponTemplateLine(CouponTemplateRef):
    """A template in a list."""

    name_zh: str
    name_en: str
    lane: CouponLane
    kind: OfferKindName
    total: int | None
    public: bool
    newcomer: bool
    changed_at: Instant


class CouponTemplateAdmin(CouponTemplateRef):
    """A template as it is kept, and who changed it last."""

    template: CouponTemplateBody
    changed_by: str
    changed_at: Instant


class CouponWays(View):
    """How many came by each way."""

    claim: int
    code: int
    grant: int
    newcomer: int
    gift: int


class CouponFunnelView(View):
    """What became of a template: left (null: no limit), had by each way, used by orders, given back by them; of the orders
    that were paid how many, what it took off them, and what was paid."""

    left: int | None
    had: CouponWays
    used: int
    returned: int
    paid: int
    off: Amount
    worth: Amount


class AskGrant(Body):
    """Whom to give a coupon; named twice is once."""

    customers: list[CustomerText] = Field(min_length=1, max_length=MOST_GRANTED)


class AskCodes(Body):
    """`pieces` codes that are redeemed once each; or one `code` that is redeemed so often in all."""

    pieces: int = Field(ge=1, le=MOST_CODES, examples=[500])
    code: (
        Annotated[
            str,
            Field(
                pattern=f"^-*([0-9A-Za-z]-*){{{LEAST_SHARED},{MOST_SHARED}}}$", max_length=48, examples=["SUMMER-26"]
            ),
            EXACT,
        ]
        | None
    ) = None


class CouponJobView(View):
    """What is made in bulk: of `total`, `done` are dealt with, and `given` came of them. `waiting`: for a second person, who
    agrees to a proposal of the kind coupon_grant, or of codes coupon_codes, about this id."""

    id: str = Field(examples=["B01JZ0000000000000000000000"])
    template_id: str
    kind: Literal["codes", "code", "grants"]
    state: JobState
    total: int
    done: int
    given: int
    code: str | None
    begun_by: str
    begun_at: Instant


class MissedGrant(View):
    """Who was given nothing, and why."""

    customer: str
    why: Literal["not_found", "has_enough", "gone", "not_given"]


class AskListedCodes(Query):
    """Which codes of a batch: from the so-manieth on."""

    first: Whole = Field(default=0, ge=0, lt=MOST_CODES)
    limit: Whole = Field(default=100, ge=1, le=100)


class ExportCodes(Body):
    """Which codes of a batch are taken along: from the so-manieth on."""

    first: int = Field(default=0, ge=0, lt=MOST_CODES)
    limit: int = Field(default=1000, ge=1, le=1000)


class ListedCodeView(View):
    """A code, and when it was redeemed."""

    code: str
    used_at: Instant | None


class ListedCodes(View):
    """Codes of a batch; `next` is where to go on, null at the end of those that are made."""

    items: list[ListedCodeView]
    next: int | None


def template_ref(sheet: Sheet) -> CouponTemplateRef:
    return CouponTemplateRef(**_ref(sheet))


def template_line(sheet: Sheet) -> CouponTemplateLine:
    said = sheet.terms.document
    return CouponTemplateLine(
        **_ref(sheet),
        name_zh=said["name"]["zh"],
        name_en=said["name"]["en"],
        lane=said["lane"],
        kind=said["kind"],
        total=sheet.terms.total,
        public=sheet.terms.public,
        newcomer=sheet.terms.newcomer,
        changed_at=iso(sheet.changed_at),
    )


def template_admin(sheet: Sheet) -> CouponTemplateAdmin:
    return CouponTemplateAdmin(
        **_ref(sheet), template=_body(sheet.terms), changed_by=sheet.changed_by, changed_at=iso(sheet.changed_at)
    )


def _ref(sheet: Sheet) -> dict[str, Any]:
    return {"id": sheet.id, "version": sheet.revision, "state": sheet.state}


def _body(terms: Terms) -> CouponTemplateBody:
    use = {
        "starts_at": _moment(terms.use_from),
        "ends_at": _moment(terms.use_to),
        "after_days": terms.use_after_days,
        "days": terms.use_days,
    }
    return CouponTemplateBody.model_validate(
        {
            "offer": dict(terms.document),
            "use": use,
            "total": terms.total,
            "per_person": terms.per_person,
            "per_day": terms.per_day,
            "claim_from": _moment(terms.claim_from),
            "claim_to": _moment(terms.claim_to),
            "public": terms.public,
            "newcomer": terms.newcomer,
        }
    )


def funnel_view(funnel: Funnel) -> CouponFunnelView:
    return CouponFunnelView(
        left=funnel.left,
        had=CouponWays(**funnel.had),
        used=funnel.used,
        returned=funnel.returned,
        paid=funnel.paid,
        off=amount(funnel.off),
        worth=amount(funnel.worth),
    )


def job_view(job: CouponJob) -> CouponJobView:
    told = {
        "id": job.id,
        "template_id": job.template,
        "kind": job.kind,
        "state": job.state,
        "total": job.total,
        "done": job.done,
        "given": job.given,
        "code": job.code,
        "begun_by": job.begun_by,
        "begun_at": iso(job.begun_at),
    }
    return CouponJobView.model_validate(told)


def missed_view(pairs: Sequence[tuple[str, str]]) -> list[MissedGrant]:
    return [MissedGrant.model_validate({"customer": customer, "why": why}) for customer, why in pairs]


def listed_codes(found: Sequence[ListedCode], first: int, made: int) -> ListedCodes:
    end = first + len(found)
    return ListedCodes(
        items=[ListedCodeView(code=one.code, used_at=iso_or_none(one.used_at)) for one in found],
        next=end if found and end < made else None,
    )


def csv(found: Sequence[ListedCode]) -> str:
    """Codes as a table that any program reads."""
    return "".join(["code,used_at\r\n", *(f"{one.code},{iso_or_none(one.used_at) or ''}\r\n" for one in found)])


def _millis(at: datetime | None) -> int | None:
    return millis(at) if at is not None else None


def _moment(at: int | None) -> datetime | None:
    return instant(at) if at is not None else None
