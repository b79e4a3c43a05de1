"""What proposals look like: a change that a second person must agree to."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from chalicelib.kernel.clock import iso
from chalicelib.records.proposals import service as proposals
from chalicelib.records.proposals.rules import PROPOSAL
from chalicelib.records.proposals.service import Proposal
from chalicelib.runtime.http import Body, Instant, View, one_of
from chalicelib.runtime.http.kinds import WORDS, Exact, Word, Words

from .service import ProposalUnfit

ProposalState = Annotated[str, one_of(*PROPOSAL.all)]


class NewPrice(Body):
    """A SKU's new price in fen."""

    price: int = Field(ge=1, le=100_000_000)


class StockDifference(Body):
    """A counted difference of on-hand pieces."""

    delta: Annotated[int, Field(ge=-1_000_000, le=-1)] | Annotated[int, Field(ge=1, le=1_000_000)]


class OfferPublication(Body):
    """The version of an offer that is to hold: its latest."""

    version: int = Field(ge=1, le=999_999)


class TemplateOpening(Body):
    """The version of a coupon template that is to be given out: its latest."""

    version: int = Field(ge=1, le=999_999)


class GrantSize(Body):
    """To how many customers a coupon is granted: as many as the waiting job says."""

    customers: int = Field(ge=1, le=100_000)


class CodesSize(Body):
    """How many codes are made, or how often one may be redeemed: as many as the waiting job says."""

    pieces: int = Field(ge=1, le=100_000)


CHANGES: dict[str, type[Body]] = {
    "coupon_template": TemplateOpening,
    "coupon_grant": GrantSize,
    "coupon_codes": CodesSize,
    "sku_price": NewPrice,
    "stock": StockDifference,
    "offer": OfferPublication,
}


class Propose(Body):
    """A change that needs a second person: `sku_price` with {price}, `stock` with {delta}, `about` the SKU; `offer` with
    {version}, `about` the offer that is to be published; `coupon_template` with {version}, `about` the template that is to be
    opened; `coupon_grant` with {customers} and `coupon_codes` with {pieces}, `about` the job that waits."""

    kind: Literal["coupon_codes", "coupon_grant", "coupon_template", "sku_price", "stock", "offer"] = Field(
        examples=["sku_price"]
    )
    about: Exact = Field(min_length=1, max_length=64, examples=["P01JZ000000000000000000000001"])
    after: dict[Word, Annotated[Any, WORDS]] = Field(max_length=4, examples=[{"price": 9900}])
    reason: Words = Field(min_length=2, max_length=200, examples=["season sale"])

    def change(self) -> dict[str, Any]:
        """What is to stand, in the form of its kind. Raises ProposalUnfit."""
        try:
            return CHANGES[self.kind].model_validate(self.after).model_dump()
        except ValidationError as wrong:
            at = ", ".join(sorted({".".join(map(str, error["loc"])) or "." for error in wrong.errors()}))
            raise ProposalUnfit(kind=self.kind, at=at) from None


class ProposalView(View):
    """A proposal: what stood, what is to stand, who wants it, and where it is."""

    id: str
    kind: str
    about: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    state: ProposalState
    proposed_by: str
    proposed_at: Instant
    ends_at: Instant
    decided_by: str | None


def proposal_view(row: Proposal) -> ProposalView:
    return ProposalView(
        id=row.id,
        kind=row.kind,
        about=row.about,
        before=json.loads(row.before),
        after=json.loads(row.after),
        reason=proposals.why(row),
        state=row.state,
        proposed_by=row.proposed_by,
        proposed_at=iso(row.proposed_at),
        ends_at=iso(row.ends_at),
        decided_by=row.decided_by,
    )


class ProposalRef(View):
    """A proposal and its state now."""

    id: str
    state: ProposalState
