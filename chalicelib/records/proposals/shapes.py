"""Proposals as they are shown."""

import json
from typing import Any

from chalicelib.kernel.clock import iso
from chalicelib.runtime.http import View

from . import service
from .service import Proposal


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
        id=row.id,
        kind=row.kind,
        about=row.about,
        before=json.loads(row.before),
        after=json.loads(row.after),
        reason=service.why(row),
        state=row.state,
        proposed_by=row.proposed_by,
        proposed_at=iso(row.proposed_at),
        ends_at=iso(row.ends_at),
        decided_by=row.decided_by,
    )


class ProposalRef(View):
    """A proposal and its state now."""

    id: str
    state: str
