"""The console's worker: what operators asked for that takes longer than a request."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.records.proposals import service as proposals
from chalicelib.records.proposals.events import ProposalDue
from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import consumer

from .events import FactsResendAsked, FactsResendGoesOn
from .service.resend import resend as publish_again

bp = Blueprint(__name__)
worker = consumer(bp, "console", concurrency=2)


@worker.on(FactsResendAsked)
def resend(fact: FactsResendAsked, work: Work) -> None:
    """Publish the facts of a time once more; they keep their ids, so a second run changes nothing."""
    publish_again(fact, work)


@worker.on(FactsResendGoesOn)
def resend_on(fact: FactsResendGoesOn, work: Work) -> None:
    """The next stretch of it; a run that was cut short begins this stretch anew."""
    publish_again(fact, work)


@worker.on(ProposalDue, keyed=False)
def expire_proposal(fact: ProposalDue, work: Work) -> None:
    """Nobody decided a proposal in time; its state is the condition, so a second tick is harmless."""
    proposals.expire(fact.proposal_id, work)
