"""The shapes of proposals."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.kernel.clock import iso
from chalicelib.records.proposals import service as proposals
from chalicelib.records.proposals.service import Proposal
from chalicelib.runtime.http import Body, View
from chalicelib.runtime.http.kinds import WORDS, Exact, Word, Words


class NewPrice(Body):
    """A SKU's new price in fen."""

    price: int = Field(ge=1, le=100_000_000, strict=True)


class StockDifference(Body):
    """A counted difference of on-hand pieces."""

    delta: (
        Annotated[int, Field(ge=-1_000_000, le=-1, strict=True)]
        | Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
    )


class Propose(Body):
    """A change that needs a second person: `sku_price` with {price}, `stock` with {delta}; `about` is the SKU."""

    kind: Literal["sku_price", "stock"]
    about: Exact = Field(min_length=1, max_length=64, examples=["P01JZ000000000000000000000001"])
    after: dict[Word, Annotated[Any, WORDS]] = Field(max_length=4, examples=[{"price": 9900}])
    reason: Words = Field(min_length=2, max_length=200, examples=["season sale"])


class ProposalView(View):
    """A proposal: what stood, what is to stand, who wants it, and where it is."""

    id: str
    kind: str
    about: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    state: str
    proposed_by: str
    proposed_at: str
    ends_at: str
    decided_by: str | None


def proposal_view(row: Proposal) -> ProposalView:
    return ProposalView(
        id=row.id, kind=row.kind, about=row.about, before=json.loads(row.before), after=json.loads(row.after),
        reason=proposals.why(row), state=row.state, proposed_by=row.proposed_by,
        proposed_at=iso(row.proposed_at), ends_at=iso(row.ends_at), decided_by=row.decided_by,
    )  # fmt: skip


class ProposalRef(View):
    """A proposal and its state now."""

    id: str
    state: str
