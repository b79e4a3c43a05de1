"""What is told of proposals."""

from __future__ import annotations

from chalicelib.kernel.facts import REMINDER, Audit, Fact


class ProposalMade(Fact, context="proposals", audit=Audit("shop", "proposal_id")):
    """Somebody proposed a change of this kind, of this thing; it needs a second person."""

    proposal_id: str
    kind: str
    about: str


class ProposalAgreed(Fact, context="proposals", audit=Audit("shop", "proposal_id")):
    """A second person agreed, and the change was made with that."""

    proposal_id: str
    kind: str
    about: str
    proposed_by: str


class ProposalDeclined(Fact, context="proposals", audit=Audit("shop", "proposal_id")):
    """It was declined, or taken back by who proposed it."""

    proposal_id: str
    kind: str
    about: str
    proposed_by: str


class ProposalDue(Fact, context="proposals", audit=REMINDER):
    """The time to decide a proposal is over."""

    proposal_id: str
